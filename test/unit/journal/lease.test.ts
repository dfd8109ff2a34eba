import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { findLeaseHolder } from "../../../src/journal/lease-holder.ts";
import { acquireLease, waitForLease } from "../../../src/journal/lease.ts";
import type { Lease } from "../../../src/journal/lease.ts";
import { tempFolder } from "../../temp-folder.ts";

const CHILD = join(import.meta.dirname, "lease-child.ts");

/** Another process that asks for the lease, and what it was told. */
async function contender(dir: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [CHILD, dir], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  const [said] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, said };
}

function acquire(dir: string): Lease {
  const lease = acquireLease(dir);
  onTestFinished(() => lease.release());
  return lease;
}

test("every holder's epoch is greater than the one before", () => {
  const dir = tempFolder();
  const epochs = [1, 2, 3].map(() => {
    const lease = acquireLease(dir);
    lease.release();
    lease.release();
    return lease.epoch;
  });
  expect(epochs).toEqual([1, 2, 3]);
});

test("two at once: one gets it, the other is told who has it", async () => {
  const dir = tempFolder();
  const contenders = await Promise.all([contender(dir), contender(dir)]);
  expect(contenders.map((each) => each.said).sort()).toEqual(["epoch 1", "lease-held"]);
  const holder = contenders.find((each) => each.said === "epoch 1")?.child;
  expect(() => acquireLease(dir)).toThrow(expect.objectContaining({ code: "lease-held", kind: "rejected" }));
  expect(() => acquireLease(dir)).toThrow(`(pid ${holder?.pid})`);
});

test("a stopped holder keeps it; a killed one does not", async () => {
  const dir = tempFolder();
  const { child } = await contender(dir);
  child.kill("SIGSTOP");
  await stopped(child.pid as number);
  expect(() => acquireLease(dir)).toThrow(expect.objectContaining({ code: "lease-held" }));
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(acquire(dir).epoch).toBe(2);
});

test("who waits gets it when it is free, and stops waiting when told to", async () => {
  const dir = tempFolder();
  const first = acquire(dir);
  const clock = {
    now: () => 0,
    monotonicMs: () => 0,
    sleep: async (ms: number, signal: AbortSignal) => {
      expect(ms).toBeLessThanOrEqual(1_000);
      signal.throwIfAborted();
      first.release();
    },
  };
  const aborted = AbortSignal.abort(new Error("told to stop"));
  await expect(waitForLease(dir, clock, aborted)).rejects.toThrow("told to stop");
  const second = await waitForLease(dir, clock, new AbortController().signal);
  onTestFinished(() => second.release());
  expect(second.epoch).toBe(2);
});

/** Resolves once the kernel says that the process is stopped. */
async function stopped(pid: number): Promise<void> {
  while (!/^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await new Promise(setImmediate);
}

test("who holds it is asked of the kernel, not of a file that anyone may have left", async () => {
  const dir = tempFolder();
  expect(findLeaseHolder(dir)).toBeNull();
  const { child } = await contender(dir);
  expect(findLeaseHolder(dir)).toEqual({ pid: child.pid, isLockdown: false });
  writeFileSync(join(dir, "lease.pid"), "1\nlockdown\n");
  expect(findLeaseHolder(dir)).toEqual({ pid: child.pid, isLockdown: false });
  writeFileSync(join(dir, "lease.pid"), `${child.pid}\nlockdown\n`);
  expect(findLeaseHolder(dir)).toEqual({ pid: child.pid, isLockdown: true });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(findLeaseHolder(dir)).toBeNull();
});
