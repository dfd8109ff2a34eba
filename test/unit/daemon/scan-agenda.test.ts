import { expect, it } from "vitest";
import type { Entry } from "../../../src/domain/journal-record.ts";
import { scanAgenda, type ScanTimes } from "../../../src/daemon/scan-agenda.ts";
import { scanSchema } from "../../../src/config/scans.ts";

const DAILY = scanSchema.parse({}).cron;
const at = (text: string): number => Date.parse(`2026-11-${text}Z`);

function times(scan: string, timezone = "UTC"): ScanTimes {
  return { scan, cron: DAILY, timezone };
}

/** A journal in which scans were made, newest last. */
function journal(...scans: readonly (readonly [string, number])[]) {
  const entries = scans.map(([scan, when], index) => ({
    seq: index + 1,
    record: {
      type: "certificates-scanned",
      scan,
      at: when,
      targets: 0,
      open: [],
      appeared: [],
      cleared: [],
      untold: 0,
    },
  })) as unknown as Entry[];
  return { newest: () => entries.toReversed() };
}

it("is due daily at 02:00, in its time zone", () => {
  const last = journal(["a", at("24T02:00:30")]);
  expect(scanAgenda([times("a")], last, at("25T01:59:59"))).toEqual({ due: [], nextAt: at("25T02:00:00") });
  expect(scanAgenda([times("a")], last, at("25T02:00:00")).due).toEqual(["a"]);
  expect(scanAgenda([times("a", "Europe/Berlin")], last, at("25T00:59:59")).due).toEqual([]);
  expect(scanAgenda([times("a", "Europe/Berlin")], last, at("25T01:00:00")).due).toEqual(["a"]);
});

it("makes up for what was missed once, and for a scan that never ran at once", () => {
  expect(scanAgenda([times("a")], journal(["a", at("01T02:00:00")]), at("25T12:00:00")).due).toEqual(["a"]);
  expect(scanAgenda([times("a")], journal(["a", at("25T12:00:00")]), at("25T12:00:30"))).toEqual({
    due: [],
    nextAt: at("26T02:00:00"),
  });
  expect(
    scanAgenda([times("new"), times("a")], journal(["a", at("25T12:00:00")]), at("25T12:00:30")),
  ).toEqual({
    due: ["new"],
    nextAt: at("26T02:00:00"),
  });
});

it("is not due again when the clock is set back", () => {
  expect(scanAgenda([times("a")], journal(["a", at("25T02:00:00")]), at("20T12:00:00")).due).toEqual([]);
});
