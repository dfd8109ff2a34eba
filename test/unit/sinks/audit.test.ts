import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../../src/domain/journal-record.ts";
import type { Journal } from "../../../src/domain/ports.ts";
import { GENESIS_HASH, linkEntry, parseEntry } from "../../../src/journal/chain.ts";
import { openAuditSink } from "../../../src/sinks/audit/audit-sink.ts";
import type { AuditSink } from "../../../src/sinks/audit/audit-sink.ts";
import { intentRecord, runRecords } from "../../journal-records.ts";
import { smallDisk } from "../../small-disk.ts";
import { tempFolder } from "../../temp-folder.ts";

const ENTRIES = chain([...runRecords(1, ""), ...runRecords(2, "")].map(({ record }) => record));
const TODAY = "audit-2026-01-01.jsonl";

function chain(records: readonly Entry["record"][]): readonly Entry[] {
  let head = { seq: 0, hash: GENESIS_HASH };
  return records.map((record) => {
    const row = linkEntry(head, 1, record, []);
    head = row;
    return parseEntry(row);
  });
}

function journalOf(entries: readonly Entry[]): Pick<Journal, "read"> {
  return {
    async *read(from = 1) {
      yield* entries.filter((entry) => entry.seq >= from);
    },
  };
}

function open(dir: string): AuditSink {
  const sink = openAuditSink({ dir });
  onTestFinished(() => sink.close());
  return sink;
}

async function observeAll(sink: AuditSink, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) await sink.observe(entry);
}

function linesIn(dir: string): readonly { seq: number; hash: string; at: string; record: object }[] {
  const files = readdirSync(dir)
    .filter((file) => file.endsWith(".jsonl"))
    .sort();
  const text = files.map((file) => readFileSync(join(dir, file), "utf8")).join("");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { seq: number; hash: string; at: string; record: object });
}

describe("the audit log", () => {
  test("holds every entry as one line, with the journal's seq and hash, and the record whole", async () => {
    const dir = join(tempFolder(), "audit");
    const sink = open(dir);
    await observeAll(sink, ENTRIES);
    const expected = ENTRIES.map(({ seq, hash, epoch, record, seals }) => {
      return { seq, hash, epoch, at: new Date(record.at).toISOString(), record, seals };
    });
    expect(linesIn(dir)).toEqual(expected);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(readdirSync(dir).map((file) => statSync(join(dir, file)).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  test("holds only fields that are audited", async () => {
    const dir = tempFolder();
    const record = Object.assign(intentRecord(1, "create", "do"), { password: "planted" });
    await observeAll(open(dir), chain([record]));
    expect(readFileSync(join(dir, TODAY), "utf8")).not.toContain("planted");
  });

  test("has a file a day, by the day of the record", async () => {
    const dir = tempFolder();
    const later = { ...intentRecord(1, "create", "do"), at: Date.UTC(2026, 0, 2) };
    await observeAll(open(dir), chain([intentRecord(1, "verify", "do"), later]));
    expect(readdirSync(dir)).toEqual([TODAY, "audit-2026-01-02.jsonl", "reserve"]);
  });

  test("takes an entry that it has once only", async () => {
    const dir = tempFolder();
    const sink = open(dir);
    await observeAll(sink, [...ENTRIES.slice(0, 3), ...ENTRIES.slice(1, 4)]);
    expect(linesIn(dir).map((line) => line.seq)).toEqual([1, 2, 3, 4]);
  });

  test("refuses to skip an entry", async () => {
    const sink = open(tempFolder());
    await sink.observe(ENTRIES[0] as Entry);
    await expect(sink.observe(ENTRIES[2] as Entry)).rejects.toMatchObject({
      code: "audit-unavailable",
      kind: "invariant",
    });
  });
});

describe("catching up", () => {
  test.each([0, 1, 5, 12])("writes what the journal has beyond the %i entries of the log", async (known) => {
    const dir = tempFolder();
    await observeAll(open(dir), ENTRIES.slice(0, known));
    const sink = open(dir);
    await sink.catchUp(journalOf(ENTRIES));
    await sink.catchUp(journalOf(ENTRIES));
    expect(linesIn(dir).map((line) => line.hash)).toEqual(ENTRIES.map((entry) => entry.hash));
  });

  test("cuts a torn last line at every byte, and writes it again", async () => {
    const dir = tempFolder();
    await observeAll(open(dir), ENTRIES.slice(0, 3));
    const whole = readFileSync(join(dir, TODAY));
    const secondLine = whole.indexOf("\n") + 1;
    for (let length = 0; length <= whole.length; length += length < secondLine ? 40 : 7) {
      writeFileSync(join(dir, TODAY), whole);
      truncateSync(join(dir, TODAY), length);
      const sink = open(dir);
      await sink.catchUp(journalOf(ENTRIES.slice(0, 3)));
      expect(readFileSync(join(dir, TODAY))).toEqual(whole);
      sink.close();
    }
  });

  test("finds the last line behind a torn one of any length", async () => {
    const dir = tempFolder();
    await observeAll(open(dir), ENTRIES.slice(0, 2));
    appendFileSync(join(dir, TODAY), `{"seq":3,"hash":"${"x".repeat(300_000)}`);
    await open(dir).catchUp(journalOf(ENTRIES));
    expect(linesIn(dir).map((line) => line.seq)).toEqual(ENTRIES.map((entry) => entry.seq));
  });

  const other = chain([intentRecord(9, "create", "do"), ...ENTRIES.slice(1).map((entry) => entry.record)]);
  test.each([
    ["the same seq with another hash", other],
    ["a journal that ends before the log", ENTRIES.slice(0, 2)],
    ["an empty journal", []],
  ])("refuses %s", async (_, entries) => {
    const dir = tempFolder();
    await observeAll(open(dir), ENTRIES.slice(0, 4));
    const refused = { code: "audit-unavailable", kind: "invariant" };
    await expect(open(dir).catchUp(journalOf(entries))).rejects.toMatchObject(refused);
    expect(linesIn(dir)).toHaveLength(4);
  });

  test("refuses a last line that keyturn did not write", () => {
    const dir = tempFolder();
    writeFileSync(join(dir, TODAY), "hello\n");
    expect(() => openAuditSink({ dir })).toThrow(
      expect.objectContaining({ code: "audit-unavailable", kind: "invariant" }),
    );
  });
});

describe("when the audit log cannot be written", () => {
  test("nothing may start, and all is told once it can be written again", async () => {
    const dir = tempFolder();
    const sink = open(dir);
    const nextDay = { ...intentRecord(1, "create", "do"), at: Date.UTC(2026, 0, 2) };
    const entries = chain([intentRecord(1, "create", "do"), nextDay, nextDay, nextDay]);
    const inTheWay = join(dir, "audit-2026-01-02.jsonl");
    await sink.observe(entries[0] as Entry);
    mkdirSync(inTheWay);
    const failed = { code: "audit-unavailable", kind: "transient" };
    await expect(sink.observe(entries[1] as Entry)).rejects.toMatchObject(failed);
    await expect(sink.observe(entries[2] as Entry)).rejects.toMatchObject(failed);
    rmdirSync(inTheWay);
    await sink.observe(entries[3] as Entry);
    expect(linesIn(dir).map((line) => line.seq)).toEqual([1, 2, 3, 4]);
  });

  test("a file that was cut under it is not written on", async () => {
    const dir = tempFolder();
    const sink = open(dir);
    await sink.observe(ENTRIES[0] as Entry);
    sink.close();
    truncateSync(join(dir, TODAY), 10);
    const refused = { code: "audit-unavailable", kind: "invariant" };
    await expect(sink.observe(ENTRIES[1] as Entry)).rejects.toMatchObject(refused);
  });

  test("a folder that cannot be made is told as such", () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    expect(() => openAuditSink({ dir: join(file, "audit") })).toThrow(
      expect.objectContaining({ code: "audit-unavailable" }),
    );
  });
});

describe("on a full disk", () => {
  test("nothing starts, undoing goes on with the space set aside, and space heals it", async ({ skip }) => {
    const disk = smallDisk(4, skip);
    const dir = join(disk.dir, "audit");
    const sink = open(dir);
    const records = [intentRecord(1, "create", "do"), ...undoRecords(400), intentRecord(2, "create", "do")];
    const entries = chain(records);
    await sink.observe(entries[0] as Entry);
    disk.fill();
    for (const entry of entries.slice(1, -1)) await sink.observe(entry);
    await expect(sink.observe(entries.at(-1) as Entry)).rejects.toMatchObject({
      code: "audit-unavailable",
      kind: "transient",
    });
    expect(linesIn(dir)).toHaveLength(401);
    disk.free();
    await sink.observe(entries.at(-1) as Entry);
    expect(linesIn(dir).map((line) => line.hash)).toEqual(entries.map((entry) => entry.hash));
    expect(statSync(join(dir, "reserve")).size).toBe(1024 * 1024);
    expect(statSync(join(dir, "reserve")).blocks * 512).toBeGreaterThanOrEqual(1024 * 1024);
  });

  test("when even the space set aside is used up, nothing is half written", async ({ skip }) => {
    const disk = smallDisk(4, skip);
    const dir = join(disk.dir, "audit");
    const sink = open(dir);
    const entries = chain([intentRecord(1, "create", "do"), ...undoRecords(4_000)]);
    await sink.observe(entries[0] as Entry);
    disk.fill();
    let refused = 0;
    for (const entry of entries.slice(1)) {
      await sink.observe(entry).catch(() => refused++);
      if (refused === 20) break;
    }
    expect(refused).toBe(20);
    const kept = linesIn(dir).length;
    disk.free();
    await open(dir).catchUp(journalOf(entries));
    expect(kept).toBeGreaterThan(1_000);
    expect(linesIn(dir).map((line) => line.hash)).toEqual(entries.map((entry) => entry.hash));
  });
});

function undoRecords(count: number): readonly Entry["record"][] {
  return Array.from({ length: count }, (_, index) => intentRecord(index + 10, "create", "undo"));
}
