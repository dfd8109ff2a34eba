/** Adoption in the journal on disk, and records of before it. */
import { expect, onTestFinished, test } from "vitest";
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import { generateSealKey, SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal, type SqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { statusRow } from "../../../src/plan/health.ts";
import { runRecords, SECRET } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";
import { NOW, policy } from "../cli/fake-services.ts";

const CREDENTIAL = { id: "k0", marker: null, label: "made by hand", createdAt: NOW - 1_000, notAfter: null };
const ADOPTED: JournalRecord = {
  type: "adopted",
  at: NOW,
  secret: SECRET,
  credentials: [CREDENTIAL],
  refused: [],
  verified: "yes",
  retireAt: NOW + 1_000,
};

function open(): SqliteJournal {
  const sealKey = new SealKey(Buffer.from(generateSealKey(), "base64"));
  const journal = openJournal({ dir: tempFolder(), sealKey });
  onTestFinished(() => journal.close());
  return journal;
}

test("an adoption is folded the same when it is read again", async () => {
  const journal = open();
  await journal.append(ADOPTED);
  expect(journal.tables.get("secret", SECRET)).toMatchObject({ current: 0, previous: null });
  const rows = journal.tables.all("secret");
  journal.rebuild();
  expect(journal.tables.all("secret")).toEqual(rows);
});

test("version 0 beside one of ours is not lost however many versions were erased before", async () => {
  const journal = open();
  for (let number = 1; number <= 30; number += 1)
    for (const { record, seal } of runRecords(number, "v")) await journal.append(record, seal);
  await journal.append(ADOPTED);
  const erased: JournalRecord = { type: "erased", at: NOW, secret: SECRET, version: 29 };
  await journal.append(erased);
  expect(journal.tables.get("secret", SECRET)).toMatchObject({
    current: 30,
    previous: 0,
    versions: { 0: { stage: "previous", credentials: [CREDENTIAL] } },
  });
});

test("a record that only counted foreign credentials still says how many", async () => {
  const journal = open();
  await journal.append({ type: "foreign-seen", at: NOW, secret: SECRET, foreign: 3 });
  const row = statusRow(journal.tables.get("secret", SECRET), policy(SECRET), NOW);
  expect(row).toMatchObject({ foreign: 3, foreignCredentials: [], adoptedCredentials: [] });
});
