/**
 * Tells when `FOLD_VERSION` is due: the journal of the fixture is folded, and what came of it is held against what that
 * version gave. A change that is meant gets the next version, and its new digest stands here.
 */
import { createHash } from "node:crypto";
import { onTestFinished, expect, test } from "vitest";
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import { canonicalJson } from "../../../src/journal/canonical-json.ts";
import { FOLD_VERSION } from "../../../src/journal/fold-version.ts";
import { SealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import { makeV1Folder, V1_KEY } from "../../fixtures/journal-v1.ts";
import { tempFolder } from "../../temp-folder.ts";

/** Complete by its type: a kind of record that is new does not compile without a row, and its row changes the digest. */
const RECORDS: Readonly<Record<JournalRecord["type"], true>> = {
  "run-started": true,
  intent: true,
  outcome: true,
  "secret-dropped": true,
  "run-parked": true,
  "run-resumed": true,
  "baseline-taken": true,
  "run-reverting": true,
  pivoted: true,
  "run-ended": true,
  "needs-operator": true,
  resolved: true,
  "retire-postponed": true,
  swept: true,
  "sweep-ended": true,
  "revoked-by-hand": true,
  adopted: true,
  "foreign-seen": true,
  "rekey-started": true,
  "rekey-ended": true,
  erased: true,
  "lockdown-started": true,
  "lockdown-intent": true,
  "lockdown-outcome": true,
  "lockdown-settled": true,
  "lockdown-lifting": true,
  "lockdown-lifted": true,
  "certificates-scanned": true,
  alert: true,
};

/** Of the rows and the kinds of record, by version. Versions that were released stay as they are. */
const DIGESTS: Readonly<Record<number, string>> = {
  1: "e39628634b74878f4aa30185df78ec1dd887931e7d59ffcdf616eaf3fbfe41a6",
  2: "a8946f7242b0c4860d062d3702fbb73f6a3098fa12f967e61bb4a57f4a73b336",
  3: "e5d6131f0770ac8c0716bf22dda9344ca76d03751d9f865222c082e25f7f4299",
};

test("rows are folded as this FOLD_VERSION says; a fold that gives others needs the next one", () => {
  const folder = tempFolder();
  const journal = openJournal({
    dir: makeV1Folder(folder).stateDir,
    sealKey: new SealKey(Buffer.from(V1_KEY)),
  });
  onTestFinished(() => journal.close());
  const rows = (["secret", "run", "sweep"] as const).map((table) => journal.tables.all(table));
  const text = canonicalJson({ rows, records: RECORDS }).replaceAll(folder, "");
  expect(createHash("sha256").update(text).digest("hex")).toBe(DIGESTS[FOLD_VERSION]);
});
