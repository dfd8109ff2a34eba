import { describe, expect, it } from "vitest";
import { checkEnd, checkSignIns, checkVisits } from "../../../src/sandbox/show/checks.ts";
import type { Finished, RunEnded } from "../../../src/sandbox/show/keyturn.ts";

const COUNTS = { tried: 100, failed: 0, interrupted: 3, version: 2 };
const SEEN = { accepted: 100, refused: 0, interrupted: 3 };
const END: RunEnded = {
  type: "run-ended",
  secret: "demo_secret",
  run: "r1",
  outcome: "rotated",
  version: 2,
  retireAt: null,
};

function finished(end: Partial<RunEnded> | null, exitCode: number | null = 0): Finished {
  return { exitCode, told: end === null ? [] : [{ ...END, ...end }], stderr: "", tookMs: 1 };
}

describe("what the sandbox finds wrong", () => {
  it("finds nothing when every sign-in worked, however often the stand-in interrupted", () => {
    expect(checkSignIns(COUNTS, SEEN, true)).toEqual([]);
  });

  it.each([
    ["a failed sign-in", { ...COUNTS, failed: 1 }, SEEN, true],
    ["one that only the stand-in saw", COUNTS, { ...SEEN, refused: 1 }, true],
    ["an application that never signed in", { ...COUNTS, tried: 0 }, SEEN, true],
    ["an application that ended by itself", COUNTS, SEEN, false],
  ])("finds %s", (_what, counts, seen, stillRan) => {
    expect(checkSignIns(counts, seen, stillRan)).toHaveLength(1);
  });

  const expected = { outcome: "rotated", exitCode: 0, version: 2 } as const;

  it("finds nothing when the run ended as expected", () => {
    expect(checkEnd(finished({}), expected)).toEqual([]);
  });

  it.each([
    ["another outcome", finished({ outcome: "rolled-back" })],
    ["another version", finished({ version: 1 })],
    ["another exit code", finished({}, 1)],
    ["no end at all", finished(null, null)],
  ])("finds %s", (_what, seen) => {
    expect(checkEnd(seen, expected)).toHaveLength(1);
  });

  it("finds another reason than the expected one", () => {
    const seen = finished({ error: { code: "timeout", message: "no answer" } });
    expect(checkEnd(seen, { ...expected, errorCode: "probe-failed" })).toEqual([
      "the reason is timeout, expected probe-failed",
    ]);
  });
});

describe("what the sandbox finds wrong with its page", () => {
  const visited = { tried: 50, failed: 0, served: "AB:CD" };
  it.each([
    ["nothing when the renewed certificate is served and every visit worked", visited, 0],
    ["a failed visit", { ...visited, failed: 1 }, 1],
    ["another certificate", { ...visited, served: "AA:AA" }, 1],
    ["a page that nobody visited", { tried: 0, failed: 0, served: null }, 2],
  ])("finds %s", (_, visits, problems) => {
    expect(checkVisits(visits, "AB:CD")).toHaveLength(problems);
  });
});
