/** The invariants, looked at from outside. Each gives what is wrong. */
import { findCanary, findCanaryBelow } from "../../canary.ts";
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import type { RunState, SecretState } from "../../../src/domain/state.ts";
import { SECRET, type PairWorld } from "./pair-world.ts";
import type { PostgresServer } from "./start-postgres.ts";

export interface PairJournal {
  readonly secret: SecretState | undefined;
  readonly runs: readonly RunState[];
  /** Since when the youngest marker is looked for. */
  readonly sweptSince: number | null;
}

export function readPairJournal({ stateDir }: PairWorld): PairJournal {
  const reader = openJournalReadOnly(stateDir);
  try {
    reader.verifyChain();
    const since = reader.tables.all("sweep").map((row) => row.since);
    return {
      secret: reader.tables.get("secret", SECRET),
      runs: reader.history(),
      sweptSince: since.length === 0 ? null : Math.max(...since),
    };
  } finally {
    reader.close();
  }
}

/** I1, at every moment. */
export function judgeSignIns(world: PairWorld): readonly string[] {
  return world.signIns().failed.map((refused) => `I1: a sign-in was refused: ${refused}`);
}

/** I5, once recovery has run. */
export function judgeEnded(world: PairWorld): readonly string[] {
  const { runs, secret } = readPairJournal(world);
  const held = world.heldVersion();
  return [
    ...judgeSignIns(world),
    ...runs
      .filter(
        ({ phase, outcomes }) =>
          phase !== "ended" || outcomes.some((each) => each.outcome === "needs-operator"),
      )
      .map(({ run, phase, outcomes }) => `I5: run ${run} is ${phase}: ${JSON.stringify(outcomes)}`),
    ...(held === (secret?.current ?? 0)
      ? []
      : [`version ${held} is held, ${secret?.current ?? 0} is current`]),
  ];
}

/** I2, once there is nothing left to sweep; I4 over everything that was written and said. */
export async function judgeQuiet(world: PairWorld, server: PostgresServer): Promise<readonly string[]> {
  const { secret } = readPairJournal(world);
  const versions = Object.values(secret?.versions ?? {}).filter(({ stage }) => stage !== "retired");
  const wanted = versions.map(({ credential }) => credential.marker).toSorted();
  const rows = await server.query(
    "SELECT shobj_description(oid, 'pg_authid') AS marker FROM pg_roles WHERE rolcanlogin AND rolname = ANY($1)",
    [world.roles],
  );
  const live = rows.map(({ marker }) => marker).toSorted();
  const same = JSON.stringify(live) === JSON.stringify(wanted);
  return same ? leaks(world, server) : [`I2: live ${JSON.stringify(live)}, wanted ${JSON.stringify(wanted)}`];
}

function leaks(world: PairWorld, server: PostgresServer): readonly string[] {
  const said = Buffer.from(world.printed.join("\n"));
  const log = Buffer.from(server.log());
  const belongs = (hit: string): boolean => /\/(secrets\/|admin: )/.test(hit);
  return [...world.canaries].flatMap((canary) => [
    ...findCanaryBelow(world.folder, canary).filter((hit) => !belongs(hit)),
    ...findCanary(said, canary).map((form) => `printed: ${form}`),
    // What a person typed before keyturn came is in the log; nothing that keyturn chose may be.
    ...(canary.startsWith("made-by-hand") ? [] : findCanary(log, canary).map((form) => `logged: ${form}`)),
  ]);
}
