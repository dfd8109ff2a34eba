/** What a daemon costs that has nothing to do: with ten secrets, and after it has rotated them. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { startSilence } from "../world/start-silence.ts";
import { memoryOf, processorMs } from "../daemon/resources.ts";
import { startDaemon } from "../daemon/start-daemon.ts";

const WATCHED_MS = 60_000;
/** 0.1 % of a processor. */
const IDLE_SHARE = 0.001;
const IDLE_BYTES = 90e6;

/** Process ids; of its worker, in the daemon's case. */
function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
}

it("is small and idle once its worker is gone", async () => {
  const world = await startQuietFileWorld();
  const port = await startSilence();
  const random = (n: number) => ({
    issuer: { kind: "random", length: 32, overlap: "dual" },
    targets: [{ kind: "file", path: `${world.folder}/secrets/random-${n}` }],
    probes: [{ kind: "tcp", host: "127.0.0.1", port }],
  });
  world.configure((parts) => {
    const more = Array.from({ length: 9 }, (_, n) => [`random_${n}`, random(n)] as const);
    const secrets = { ...parts.secrets, ...Object.fromEntries(more) };
    return { ...parts, secrets, more: { log: { level: "debug" } } };
  });
  const daemon = await startDaemon(world);
  expect((await world.keyturn("rotate", "--now", "--all")).code).toBe(0);
  await daemon.logged((line) => line.msg === "worker-ended");
  expect(childrenOf(daemon.pid)).toBe("");
  const before = processorMs(daemon.pid);
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  expect(processorMs(daemon.pid) - before).toBeLessThanOrEqual(WATCHED_MS * IDLE_SHARE);
  expect(memoryOf(daemon.pid)).toBeLessThan(IDLE_BYTES);
  expect(childrenOf(daemon.pid)).toBe("");
});
