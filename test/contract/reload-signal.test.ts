import { chownSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeReload, type ReloadWorld } from "./describe-reload.ts";
import { contextWith } from "./reload/context.ts";
import { startReader } from "./reload/reader.ts";
import { tempFolder } from "../temp-folder.ts";
import type { Reload } from "../../src/domain/ports.ts";
import { signal as kind } from "../../src/reloads/signal.ts";

const signal = new AbortController().signal;

function connect(pidFile: string, settings: object = {}): Promise<Reload> {
  return kind.connect(kind.schema.parse({ kind: "signal", pidFile, ...settings }), contextWith());
}

async function startWorld(): Promise<ReloadWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-signal-"));
  const [reader, other] = await Promise.all([startReader(), startReader()]);
  writeFileSync(join(folder, "own.pid"), `${reader.pid}\n`);
  writeFileSync(join(folder, "other.pid"), `${other.pid}\n`);
  return {
    connect: () => connect(join(folder, "own.pid")),
    connectOther: () => connect(join(folder, "other.pid")),
    count: () => reader.count(),
    bystanders: () => other.count(),
    breakProcess: () => reader.stop(),
    brokenCode: "process-not-running",
    canary: "nothing-is-printed",
    async close() {
      await Promise.all([reader.stop(), other.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}

describeReload("signal", startWorld);

it.each([
  ["", "reload-failed"],
  ["0", "reload-failed"],
  ["-1", "reload-failed"],
  ["1", "reload-failed"],
  ["12 13", "reload-failed"],
  ["1e3", "reload-failed"],
  ["99999999", "reload-failed"],
  [String(process.pid), "reload-failed"],
  ["4194303", "process-not-running"],
])("a pid file that holds %j reaches nobody", async (content, code) => {
  const path = join(tempFolder(), "pid");
  writeFileSync(path, content);
  await expect((await connect(path)).reload(signal)).rejects.toMatchObject({ code, kind: "rejected" });
});

it("a pid file that is not there means that the process does not run", async () => {
  const reload = await connect(join(tempFolder(), "pid"));
  await expect(reload.reload(signal)).rejects.toMatchObject({ code: "process-not-running" });
});

it("a process that is younger than its pid file is another one, and gets no signal", async () => {
  const reader = await startReader();
  try {
    const path = join(tempFolder(), "pid");
    writeFileSync(path, String(reader.pid));
    const before = new Date(Date.now() - 60_000);
    utimesSync(path, before, before);
    await expect((await connect(path)).reload(signal)).rejects.toMatchObject({ code: "process-not-running" });
    expect(await reader.count()).toBe(0);
  } finally {
    await reader.stop();
  }
});

it.runIf(process.geteuid?.() === 0)(
  "whoever could not send the signal may not choose who gets it",
  async () => {
    const reader = await startReader();
    try {
      const path = join(tempFolder(), "pid");
      writeFileSync(path, String(reader.pid));
      chownSync(path, 1234, 1234);
      await expect((await connect(path)).reload(signal)).rejects.toMatchObject({ code: "reload-failed" });
      expect(await reader.count()).toBe(0);
    } finally {
      await reader.stop();
    }
  },
);

it.each(["SIGKILL", "SIGSTOP", "HUP", "SIGNOPE", "toString"])(
  "%s is no signal that makes a process read",
  (name) => {
    const problems =
      kind.schema.safeParse({ kind: "signal", pidFile: "/p", signal: name }).error?.issues ?? [];
    expect(problems.map(({ path }) => path)).toEqual([["signal"]]);
  },
);
