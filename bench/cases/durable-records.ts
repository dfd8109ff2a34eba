import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordBody } from "../../src/domain/journal-record.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { median, type Row } from "../table.ts";
import { started } from "../../test/crowd/first-rotation.ts";

const RECORDS = 500;
const ROUNDS = 5;

/** Appends, each durable before the next, beside single-row inserts with the same `synchronous=FULL`. */
export async function durableRecords(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    const pairs = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      pairs.push({
        keyturn: await appends(join(folder, `state-${round}`)),
        bare: inserts(join(folder, `bare-${round}.db`)),
      });
    }
    const ratio = median(pairs.map((each) => each.keyturn / each.bare));
    return [
      {
        what: "durable records a second",
        keyturn: `${Math.round(median(pairs.map((each) => each.keyturn)))}/s`,
        against: `bare node:sqlite ${Math.round(median(pairs.map((each) => each.bare)))}/s`,
        ratio: `${ratio.toFixed(2)} times`,
        aim: "–",
        met: true,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function appends(dir: string): Promise<number> {
  const journal = openJournal({ dir });
  await journal.append({ ...started("secret", "run"), at: Date.now() });
  const begin = performance.now();
  for (let n = 0; n < RECORDS; n += 1) await journal.append({ ...attemptRecord(n), at: Date.now() });
  const seconds = (performance.now() - begin) / 1000;
  journal.close();
  return RECORDS / seconds;
}

/** Intents and outcomes in turn, as a run writes them. */
function attemptRecord(n: number): RecordBody {
  const attempt = Math.floor(n / 2) + 1;
  const id = {
    run: "run",
    key: "run/verify/secret",
    step: "verify",
    subject: "secret",
    direction: "do",
    attempt,
  } as const;
  if (n % 2 === 0) return { type: "intent", ...id, marker: null, deadlineAt: 0 };
  return { type: "outcome", ...id, result: "done", error: null, notBeforeAt: null, output: null };
}

function inserts(path: string): number {
  const db = new DatabaseSync(path);
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entry (seq INTEGER PRIMARY KEY, record TEXT)",
  );
  const insert = db.prepare("INSERT INTO entry (record) VALUES (?)");
  const text = JSON.stringify(attemptRecord(0));
  const begin = performance.now();
  for (let n = 0; n < RECORDS; n += 1) insert.run(text);
  const seconds = (performance.now() - begin) / 1000;
  db.close();
  return RECORDS / seconds;
}
