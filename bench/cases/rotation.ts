import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kinds } from "../../src/compose/kinds.ts";
import { work } from "../../src/compose/work.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { startEntraSandbox } from "../../src/sandbox/entra/start-entra-sandbox.ts";
import { median, ms, type Row } from "../table.ts";
import { BareCaller } from "./bare-caller.ts";
import { writeEntraWorld } from "./entra-world.ts";

const ROUNDS = 7;
/** A near data centre; Graph itself takes longer. */
const LATENCY_MS = 40;

/** A rotation from an Entra stand-in into a file, beside the very requests it made, one after the other. */
export async function rotation(): Promise<readonly Row[]> {
  return [await rotationAt(LATENCY_MS), await rotationAt(0)];
}

async function rotationAt(latencyMs: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  const replication = { signIn: [0, 0], signInRemoval: [0, 0], read: [0, 0], youngMs: 0 } as const;
  const sandbox = await startEntraSandbox({
    clock: systemClock,
    seed: 1,
    faults: {},
    replication,
    latencyMs,
  });
  try {
    const app = sandbox.addApp();
    const config = loadConfig(writeEntraWorld(folder, sandbox, app), kinds, {});
    const rotate = (): Promise<number> => rotateOnce(config);
    await rotate();
    const pairs = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const seen = sandbox.requests.length;
      const keyturn = await rotate();
      const requests = sandbox.requests.slice(seen);
      const caller = new BareCaller(sandbox, app);
      pairs.push({ keyturn, bare: await caller.repeat(requests), count: requests.length });
    }
    const extra = median(pairs.map((each) => each.keyturn - each.bare));
    const ratio = median(pairs.map((each) => each.keyturn / each.bare));
    return {
      what: `a rotation, answers after ${latencyMs} ms`,
      keyturn: ms(median(pairs.map((each) => each.keyturn))),
      against: `its ${pairs[0]?.count ?? 0} calls in sequence ${ms(median(pairs.map((each) => each.bare)))}`,
      ratio: `${ratio.toFixed(2)} times, ${ms(extra)} more`,
      aim: "< 5 % or 50 ms more",
      met: ratio < 1.05 || extra < 50,
    };
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true });
  }
}

/** With the SDKs loaded already, since a worker loads them while it waits for nobody. In milliseconds. */
async function rotateOnce(config: ReturnType<typeof loadConfig>): Promise<number> {
  const begin = performance.now();
  const rotation = {
    secrets: null,
    now: true,
    revokeNow: true,
    outsideWindow: false,
    trigger: "manual",
    reason: null,
    actor: null,
  } as const;
  const result = await work({
    config,
    request: { kind: "rotate", rotation },
    wait: false,
    observers: [],
    env: {},
    signal: new AbortController().signal,
  });
  const outcome = result.rotated[0]?.outcome;
  if (outcome !== "rotated") throw new Error(`the rotation ended ${outcome}`);
  return performance.now() - begin;
}
