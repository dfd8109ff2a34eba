import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/domain/system-clock.ts";
import { startEntraSandbox, type EntraSandbox } from "../../src/sandbox/entra/start-entra-sandbox.ts";
import { DaemonChild, runKeyturn } from "../daemon-child.ts";
import { median, ms, type Row } from "../table.ts";
import { writeEntraWorld } from "./entra-world.ts";

const ROUNDS = 7;
const REPLICATION = { signIn: [0, 0], signInRemoval: [0, 0], read: [0, 0], youngMs: 0 } as const;

/** From the start of `keyturn rotate --now` to the first request that reaches the tenant, by way of a daemon and without. */
export async function firstCall(): Promise<readonly Row[]> {
  const tenant = await startEntraSandbox({
    clock: systemClock,
    seed: 1,
    faults: {},
    replication: REPLICATION,
  });
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "keyturn-bench-"))) as [string, string];
  for (const folder of folders) writeEntraWorld(folder, tenant, tenant.addApp());
  const [served, alone] = folders;
  const daemon = await DaemonChild.start(served);
  try {
    const pairs = [];
    // The first round fills the compile cache.
    for (let round = 0; round <= ROUNDS; round += 1) {
      pairs.push({
        served: await untilFirstCall(served, tenant),
        alone: await untilFirstCall(alone, tenant),
      });
      await daemon.idle();
    }
    return [rowOf(pairs.slice(1))];
  } finally {
    await daemon.stop();
    await tenant.close();
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

/** In milliseconds. */
async function untilFirstCall(folder: string, { requests }: EntraSandbox): Promise<number> {
  const seen = requests.length;
  const begin = Date.now();
  await runKeyturn(folder, "rotate", "--now", "--revoke-now", "--json");
  const first = requests[seen];
  if (first === undefined) throw new Error("no request came");
  return first.at - begin;
}

function rowOf(pairs: readonly { readonly served: number; readonly alone: number }[]): Row {
  const more = median(pairs.map((each) => each.served - each.alone));
  return {
    what: "`rotate --now` to the issuer's first request",
    keyturn: `through the daemon ${ms(median(pairs.map((each) => each.served)))}`,
    against: `without it ${ms(median(pairs.map((each) => each.alone)))}`,
    ratio: `${median(pairs.map((each) => each.served / each.alone)).toFixed(2)} times, ${ms(more)} more`,
    aim: "–",
    met: true,
  };
}
