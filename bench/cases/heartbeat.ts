import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { journalViewOf } from "../../src/compose/journal-view.ts";
import { Rota } from "../../src/daemon/rota.ts";
import type { Policy, SecretPolicy } from "../../src/domain/policy.ts";
import type { SecretState } from "../../src/domain/state.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { DAY_MS, MINUTE_MS } from "../../src/domain/time.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { SqliteTables } from "../../src/journal/sqlite-tables.ts";
import { firstRotation } from "../../test/crowd/first-rotation.ts";
import { median, mib, ms, type Row } from "../table.ts";

const SECRETS = 100_000;
const ROUNDS = 5;
const STORE = "file:/run/secrets/value";

/** What the daemon does every 30 seconds, with 100,000 secrets of which none is due. */
export async function heartbeat(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    const names = Array.from({ length: SECRETS }, (_, n) => `secret_${n}`);
    await fillRows(folder, names);
    const policies = names.map(policyOf);
    const before = process.memoryUsage().rss;
    const rounds = Array.from({ length: ROUNDS }, () => ({
      ...looks(folder, policies),
      bare: bareReading(folder, names),
    }));
    const peak = process.resourceUsage().maxRSS * 1024;
    return [fullRow(rounds, before, peak), quietRow(rounds)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In milliseconds. */
interface Looks {
  readonly full: number;
  readonly quiet: number;
  readonly bare: number;
}

function fullRow(rounds: readonly Looks[], before: number, peak: number): Row {
  const full = median(rounds.map((each) => each.full));
  return {
    what: `heartbeat, ${SECRETS} secrets, a full look`,
    keyturn: `${ms(full)}, ${mib(peak - before)} more at its peak`,
    against: `the same rows by bare node:sqlite ${ms(median(rounds.map((each) => each.bare)))}`,
    ratio: `${median(rounds.map((each) => each.full / each.bare)).toFixed(1)} times`,
    aim: "< 3 s",
    met: full < 3_000,
  };
}

function quietRow(rounds: readonly Looks[]): Row {
  const quiet = median(rounds.map((each) => each.quiet));
  return {
    what: `heartbeat, ${SECRETS} secrets, nothing changed`,
    keyturn: ms(quiet),
    against: "a full look",
    ratio: `${(1 / median(rounds.map((each) => each.quiet / each.full))).toFixed(0)} times faster`,
    aim: "< 10 ms",
    met: quiet < 10,
  };
}

/** The first look of a daemon that knows nothing yet, and the one after it. */
function looks(folder: string, policies: readonly SecretPolicy[]): Omit<Looks, "bare"> {
  const view = journalViewOf(folder);
  const rota = new Rota({
    clock: systemClock,
    log: {
      write: (_level, event, fields) => {
        throw new Error(`${event}: ${JSON.stringify(fields)}`);
      },
      entry: () => undefined,
    },
    journal: () => view,
    policies: () => policies,
    scans: () => [],
    ask: () => Promise.reject(new Error("nothing is due")),
  });
  return { full: timed(() => rota.beat()), quiet: timed(() => rota.beat()) };
}

function bareReading(folder: string, names: readonly string[]): number {
  return timed(() => {
    const db = new DatabaseSync(join(folder, "journal.db"), { readOnly: true });
    const one = db.prepare("SELECT json FROM secret WHERE key = ?");
    for (const name of names) JSON.parse(String(one.get(name)?.["json"]));
    db.close();
  });
}

function timed(task: () => void): number {
  const begin = performance.now();
  task();
  return performance.now() - begin;
}

/** The row that a first rotation leaves, once for each name: what the heartbeat reads, without the history behind it. */
async function fillRows(dir: string, names: readonly string[]): Promise<void> {
  const journal = openJournal({ dir });
  const createdAt = Date.now() - DAY_MS;
  for (const body of firstRotation({ secret: "secret_0", run: "run", createdAt, store: STORE }))
    await journal.append({ ...body, at: createdAt });
  const state = journal.tables.get("secret", "secret_0");
  journal.close();
  if (state === undefined) throw new Error("the rotation left no row");
  const db = new DatabaseSync(join(dir, "journal.db"));
  const tables = new SqliteTables(db);
  db.exec("BEGIN");
  for (const secret of names) tables.put("secret", secret, named(state, secret));
  db.exec("COMMIT");
  db.close();
}

function named(state: SecretState, secret: string): SecretState {
  return JSON.parse(JSON.stringify(state).replaceAll("secret_0", secret)) as SecretState;
}

const POLICY: Policy = {
  name: "p",
  maxAgeMs: 90 * DAY_MS,
  cron: null,
  renewBefore: { share: 0.33 },
  timezone: "UTC",
  window: null,
  splayMs: 45 * MINUTE_MS,
  overlapMs: DAY_MS,
  keep: 2,
  retry: { attempts: 6, firstMs: 10_000, maxMs: 30 * MINUTE_MS },
  allowGap: false,
};

function policyOf(secret: string): SecretPolicy {
  return { secret, policy: POLICY, labels: {}, dependsOn: [], notWith: [], stores: [STORE] };
}
