import { expect, it } from "vitest";
import type { OpenFinding, ScanFinding } from "../../../src/domain/scan.ts";
import { compareScans } from "../../../src/plan/compare-scans.ts";

function finding(id: string, message = "it is so"): ScanFinding {
  return { id, target: id, rule: "expired", level: "error", message };
}

function open(id: string, since: number): OpenFinding {
  return { ...finding(id), since };
}

it("tells what is new, keeps since when the rest is there, and clears what is not found any more", () => {
  const change = compareScans([open("a", 1), open("b", 2)], [finding("b"), finding("c"), finding("c")], 9);
  expect(change).toEqual({
    open: [open("b", 2), open("c", 9)],
    appeared: [open("c", 9)],
    cleared: [open("a", 1)],
    untold: 0,
  });
});

it("takes a finding in other words for the same one, and keeps the new words", () => {
  const { open: now, appeared } = compareScans([open("a", 1)], [finding("a", "it expires in 4d")], 9);
  expect([now[0]?.message, now[0]?.since, appeared]).toEqual(["it expires in 4d", 1, []]);
});

it("has room for what was there before in any crowd, and clears nothing for want of it", () => {
  const crowd = Array.from({ length: 600 }, (_, index) => finding(`new ${index}`));
  const change = compareScans([open("old", 1)], [...crowd, finding("old")], 9);
  expect(change.open[0]).toEqual(open("old", 1));
  expect([change.open.length, change.appeared.length, change.untold]).toEqual([500, 499, 101]);
  expect(change.cleared).toEqual([]);
});
