/** A daemon's rota on a virtual clock, up and down at random, against the simulated world. */
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import type { Policy, SecretPolicy } from "../../../src/domain/policy.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../../src/domain/time.ts";
import { Rota } from "../../../src/daemon/rota.ts";
import type { WorkResult } from "../../../src/run/work.ts";
import { Game } from "../../crash/world/game.ts";
import { seededRandom } from "../../../src/sandbox/entra/seeded-random.ts";

const BEAT_MS = 30_000;

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

export interface Lived {
  readonly game: Game;
  /** When the daemon was up. */
  readonly up: readonly Span[];
  /** Per secret: when each of its runs was begun by schedule, and when it was promoted. */
  readonly begun: ReadonlyMap<string, readonly Instant[]>;
  readonly promoted: ReadonlyMap<string, readonly Instant[]>;
  readonly violations: readonly string[];
}

/** One service with a secret of its own for each name. Down for a third of the time, in pieces of up to ten days. */
export async function liveFor(
  years: number,
  seed: number,
  secrets: readonly string[],
  policy: Partial<Policy>,
): Promise<Lived> {
  const random = seededRandom(seed);
  const game = new Game({
    world: { services: Object.fromEntries(secrets.map((s) => [`of-${s}`, [s]])) },
    policy,
  });
  const { clock } = game;
  const log = new Map(
    secrets.map((secret) => [secret, { begun: [] as Instant[], promoted: [] as Instant[] }]),
  );
  game.onRecord = (record) => note(record, log);
  await game.work({ now: true, outsideWindow: true }, []);
  for (const each of log.values()) each.begun.length = 0;
  const end = clock.now() + years * 365 * DAY_MS;
  const up: Span[] = [];
  while (clock.now() < end) {
    const from = clock.now();
    const to = Math.min(from + HOUR_MS + random.next() * 20 * DAY_MS, end);
    await runUntil(game, to);
    up.push({ from, to: clock.now() });
    clock.advance(Math.floor(random.next() * 10 * DAY_MS));
  }
  return {
    game,
    up,
    begun: new Map([...log].map(([secret, { begun }]) => [secret, begun])),
    promoted: new Map([...log].map(([secret, { promoted }]) => [secret, promoted])),
    violations: game.world.violations,
  };
}

/** A daemon that starts now: its memory is empty, the journal is what there is. */
async function runUntil(game: Game, to: Instant): Promise<void> {
  const { clock } = game;
  let appended = 0;
  let working: Promise<unknown> | null = null;
  const asked = (): Promise<unknown> | null => {
    const under = working;
    working = null;
    return under;
  };
  const policies: readonly SecretPolicy[] = game.policies;
  const before = game.onRecord;
  game.onRecord = (record) => {
    appended += 1;
    before(record);
  };
  const rota = new Rota({
    clock,
    log: { write: () => undefined, entry: () => undefined },
    journal: () => ({
      stamp: () => String(appended),
      read: (look) =>
        look({
          tables: game.journal.tables,
          history: () => [],
          run: (id) => game.journal.tables.get("run", id),
          newest: (type) => game.journal.newest(type),
        }),
    }),
    policies: () => policies,
    scans: () => [],
    ask: (request) => {
      const work = game.request(request).then(({ result }) => result as WorkResult);
      working = work;
      return work;
    },
  });
  while (clock.now() < to) {
    rota.beat();
    for (let under = asked(); under !== null; under = asked()) {
      await under;
      await new Promise((resolve) => setImmediate(resolve));
    }
    clock.advance(BEAT_MS);
  }
  game.onRecord = before;
}

function note(
  record: JournalRecord,
  log: ReadonlyMap<string, { readonly begun: Instant[]; readonly promoted: Instant[] }>,
): void {
  if (record.type === "run-started")
    for (const { secret } of record.secrets) log.get(secret)?.begun.push(record.at);
  if (record.type === "pivoted")
    for (const { secret } of record.versions) log.get(secret)?.promoted.push(record.at);
}

/** The first beat at or after `at` while the daemon is up; null when it never was again. */
export function firstBeat(up: readonly Span[], at: Instant): Instant | null {
  for (const { from, to } of up) {
    const beat = at <= from ? from : from + Math.ceil((at - from) / BEAT_MS) * BEAT_MS;
    if (beat < to) return beat;
  }
  return null;
}
