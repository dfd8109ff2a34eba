/** What `doctor` sees of the audit log beside the journal; it repairs nothing. */
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runRecords } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";
import type { Entry } from "../../../src/domain/journal-record.ts";
import { GENESIS_HASH, linkEntry, parseEntry } from "../../../src/journal/chain.ts";
import { openAuditSink } from "../../../src/sinks/audit/audit-sink.ts";
import { inspectAudit } from "../../../src/sinks/audit/inspect-audit.ts";

const ENTRIES = entries(1);
const OTHERS = entries(2);

function entries(number: number): readonly Entry[] {
  let head = { seq: 0, hash: GENESIS_HASH };
  return runRecords(number, "").map(({ record }) => {
    const row = linkEntry(head, 1, record, []);
    head = row;
    return parseEntry(row);
  });
}

async function audited(written: readonly Entry[]): Promise<string> {
  const dir = join(tempFolder(), "audit");
  const sink = openAuditSink({ dir });
  for (const entry of written) await sink.observe(entry);
  sink.close();
  return dir;
}

async function resultOf(dir: string, journal: readonly Entry[]): Promise<string | undefined> {
  const read = async function* (from = 1): AsyncGenerator<Entry> {
    yield* journal.filter(({ seq }) => seq >= from);
  };
  const [finding] = await inspectAudit(dir, { read });
  if (finding?.result === "failed") expect(finding.hint).toMatch(/\w/);
  return finding?.result;
}

it.each([
  ["in step", ENTRIES, ENTRIES, "proved"],
  ["nothing in either", [], [], "proved"],
  ["behind", ENTRIES.slice(0, 3), ENTRIES, "inferred"],
  ["not begun", [], ENTRIES, "inferred"],
  ["ahead of a journal that was restored", ENTRIES, ENTRIES.slice(0, 3), "failed"],
  ["of another history", OTHERS, ENTRIES, "failed"],
])("%s", async (_what, written, journal, result) => {
  expect(await resultOf(await audited(written), journal)).toBe(result);
});

it("a folder that is not there is not made", async () => {
  const dir = join(tempFolder(), "audit");
  expect(await resultOf(dir, [])).toBe("proved");
  expect(() => readdirSync(dir)).toThrow();
});

it("a torn last line is passed over, and left", async () => {
  const dir = await audited(ENTRIES);
  const [name = ""] = readdirSync(dir).filter((file) => file.endsWith(".jsonl"));
  appendFileSync(join(dir, name), '{"seq":7,"ha');
  const before = readFileSync(join(dir, name));
  expect(await resultOf(dir, ENTRIES)).toBe("proved");
  expect(readFileSync(join(dir, name))).toEqual(before);
});
