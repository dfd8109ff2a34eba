import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RotationError } from "../../src/domain/errors.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { SealKey } from "../../src/journal/seal-key.ts";
import { intentRecord, runRecords } from "../journal-records.ts";
import { smallDisk } from "../small-disk.ts";

test("a full disk is told as such, refuses nothing but what has no room, and heals when space returns", async ({
  skip,
}) => {
  const disk = smallDisk(8, skip);
  const journal = openJournal({ dir: join(disk.dir, "state"), sealKey: new SealKey(Buffer.alloc(32, 7)) });
  onTestFinished(() => journal.close());
  let acknowledged = 0;
  const refusals: unknown[] = [];
  const appendRun = async (number: number): Promise<void> => {
    for (const { record, seal } of runRecords(number, "value")) {
      await journal.append(record, seal).then(
        () => acknowledged++,
        (thrown: unknown) => refusals.push(thrown),
      );
    }
  };
  await appendRun(1);
  expect(refusals).toEqual([]);
  disk.fill();
  for (let number = 2; number < 12; number++) await appendRun(number);
  expect(refusals.length).toBeGreaterThan(10);
  for (const each of refusals) {
    expect(each).toBeInstanceOf(RotationError);
    expect(each).toMatchObject({ code: "disk-full", kind: "transient" });
  }
  disk.free();
  const refused = refusals.length;
  await appendRun(20);
  expect(refusals.length).toBe(refused);
  expect(journal.verifyChain().seq).toBe(acknowledged);
  const rows = JSON.stringify(journal.tables.all("run"));
  journal.rebuild();
  expect(JSON.stringify(journal.tables.all("run"))).toBe(rows);
});

test("with little room left nothing new begins, while undoing and outcomes are still recorded", async ({
  skip,
}) => {
  const disk = smallDisk(3, skip);
  const journal = openJournal({ dir: join(disk.dir, "state") });
  onTestFinished(() => journal.close());
  const beginning = journal.append(intentRecord(1, "create", "do"));
  await expect(beginning).rejects.toMatchObject({ code: "disk-full", kind: "transient" });
  expect((await journal.append(intentRecord(1, "create", "undo"))).seq).toBe(1);
});
