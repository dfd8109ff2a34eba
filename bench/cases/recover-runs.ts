import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RotationError } from "../../src/domain/errors.ts";
import type { Issuer } from "../../src/domain/ports.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { openJournal, type SqliteJournal } from "../../src/journal/sqlite-journal.ts";
import type { Wiring } from "../../src/run/ports.ts";
import { Worker } from "../../src/run/worker.ts";
import { mib, type Row } from "../table.ts";
import { firstRotation } from "../../test/crowd/first-rotation.ts";

const RUNS = 10_000;

/** Runs that a crash left in the middle of create, each of another secret: closed, looked for, undone. */
export async function recoverRuns(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    const journal = openJournal({ dir: folder });
    for (let n = 0; n < RUNS; n += 1) {
      const names = { secret: `secret_${n}`, run: `run${n}` };
      const [run, intent] = firstRotation({ ...names, createdAt: Date.now(), store: "file:/nowhere" });
      for (const body of [run, intent])
        if (body !== undefined) await journal.append({ ...body, at: Date.now() });
    }
    const begin = performance.now();
    await recover(journal);
    const seconds = (performance.now() - begin) / 1000;
    const ended = journal.tables.all("run").filter((run) => run.phase === "ended").length;
    journal.close();
    const memory = process.memoryUsage().rss;
    return [
      {
        what: `recovery of ${RUNS} open runs`,
        keyturn: `${seconds.toFixed(1)} s, ${mib(memory)} in all`,
        against: `${ended} ended`,
        ratio: `${((seconds / RUNS) * 1e3).toFixed(1)} ms a run`,
        aim: "all ended",
        met: ended === RUNS,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function recover(journal: SqliteJournal): Promise<void> {
  const worker = new Worker({
    journal,
    sinks: [],
    wiring: refusingWiring,
    scans: { names: [], look: () => Promise.resolve({ targets: 0, findings: [] }) },
    clock: systemClock,
    newRunId: () => "unused",
    checkRoom: () => Promise.resolve(),
    signal: new AbortController().signal,
    cut: new AbortController().signal,
  });
  await worker.work({ kind: "recover" });
}

/** An issuer that refuses at once, so that what is measured is keyturn and not somebody's network. */
const refusing: Issuer = {
  create: () =>
    Promise.reject(new RotationError("permission-denied", { kind: "rejected", message: "refused" })),
  find: () => Promise.resolve([]),
  list: () => Promise.resolve([]),
  verify: () => Promise.resolve(),
  revoke: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const refusingWiring: Wiring = {
  secrets: [],
  has: () => false,
  policy: (secret) => {
    throw new RotationError("secret-unconfigured", { kind: "rejected", message: secret });
  },
  windowOpensAt: (_policy, from) => from,
  openingAt: () => null,
  connections: () => [],
  material: () => "issued",
  byHand: () => null,
  offers: () => false,
  adopts: () => [],
  issuer: () => Promise.resolve(refusing),
  targets: () => Promise.resolve([]),
};
