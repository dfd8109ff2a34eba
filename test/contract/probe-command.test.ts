import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeProbe, type ProbeWorld } from "./describe-probe.ts";
import { contextWith } from "./reload/context.ts";
import { tempFolder } from "../temp-folder.ts";
import { command } from "../../src/probes/command.ts";
import type { Probe } from "../../src/domain/ports.ts";

const CANARY = "canary-on-stderr-5a";
const signal = new AbortController().signal;
const SEVENTH = { secret: "api", version: 7, marker: "keyturn:api:run1.1" };

function connect(argv: readonly string[], settings: object = {}): Promise<Probe> {
  return command.connect(
    command.schema.parse({ kind: "command", command: argv, every: "10ms", ...settings }),
    contextWith(),
  );
}

async function startWorld(): Promise<ProbeWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-probe-"));
  const script = join(folder, "probe.sh");
  writeFileSync(
    script,
    `echo ${CANARY}; echo ${CANARY} >&2; echo x >> "$1/looks"; [ "$(cat "$1/version")" = "$KEYTURN_VERSION" ] || exit 3`,
  );
  const looks = (): number =>
    existsSync(join(folder, "looks")) ? readFileSync(join(folder, "looks"), "utf8").length : 0;
  return {
    connect: (within) => connect(["/bin/sh", script, folder], { within }),
    pass: async (version) => writeFileSync(join(folder, "version"), String(version)),
    fail: async () => writeFileSync(join(folder, "version"), "none"),
    async nextLook() {
      const before = looks();
      await expect.poll(looks, { interval: 5, timeout: 5_000 }).toBeGreaterThan(before);
    },
    breakFarSide: async () => rmSync(script),
    evidence: "probed",
    seen: "exit code 3",
    canary: CANARY,
    async close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeProbe("command", startWorld);

it("a program learns which version is meant, and inherits nothing else", async () => {
  const seen = join(tempFolder(), "seen");
  await (await connect(["/bin/sh", "-c", 'env > "$1"', "x", seen])).probe(SEVENTH, signal);
  const lines = readFileSync(seen, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => !/^(PWD|_|SHLVL)=/.test(line));
  expect(lines.map((line) => line.split("=")[0]).toSorted()).toEqual([
    "HOME",
    "KEYTURN_SECRET",
    "KEYTURN_VERSION",
    "PATH",
  ]);
  expect(lines).toContain("KEYTURN_SECRET=api");
  expect(lines).toContain("KEYTURN_VERSION=7");
});

it("a program that is not there fails at once", async () => {
  const probe = await connect(["/no/such/program"], { within: "60s" });
  await expect(probe.probe(SEVENTH, signal)).rejects.toMatchObject({
    code: "probe-failed",
    kind: "rejected",
  });
});

it("a program that hangs is killed when the time is up", async () => {
  const probe = await connect(["/bin/sh", "-c", "sleep 60"], { within: "100ms" });
  await expect(probe.probe(SEVENTH, signal)).rejects.toMatchObject({ code: "probe-failed" });
});
