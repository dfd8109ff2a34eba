import { expect, test } from "vitest";
import type { Entry, JournalRecord } from "../../../src/domain/journal-record.ts";
import { openLogSink } from "../../../src/sinks/log.ts";
import { intentRecord } from "../../journal-records.ts";

async function logged(
  record: JournalRecord,
  level: "debug" | "info" = "debug",
): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const sink = openLogSink({ level, destination: { write: (line) => void lines.push(line) } });
  await sink.observe({ seq: 7, epoch: 1, record, seals: [], hash: "h" } satisfies Entry);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const ERROR = {
  code: "undo-failed",
  kind: "invariant",
  message: "it did not come back",
  hint: "look",
} as const;

test("an alert is an error line with code, message and hint", async () => {
  const [line] = await logged({ type: "alert", at: 1, secret: "a", run: null, error: ERROR });
  expect(line).toMatchObject({
    level: 50,
    seq: 7,
    type: "alert",
    secret: "a",
    code: "undo-failed",
    error: ERROR.message,
    hint: "look",
  });
});

test("an intent tells what is tried, and only when asked for detail", async () => {
  const intent = intentRecord(1, "create", "undo");
  expect(await logged(intent)).toEqual([
    expect.objectContaining({ step: "create", direction: "undo", attempt: 1 }),
  ]);
  expect(await logged(intent, "info")).toEqual([]);
});

test("a field that is not on the list is not logged", async () => {
  const planted = { ...intentRecord(1, "create", "do"), password: "planted", error: null };
  expect(JSON.stringify(await logged(planted as JournalRecord))).not.toContain("planted");
});
