import { describe, expect, test } from "vitest";
import {
  afterRevoking,
  credentialsOf,
  intendedAdoption,
  isAdopted,
  isOutOfLine,
  lettingGo,
  withAdoption,
  type Adoption,
  type AdoptionFacts,
} from "../../../src/domain/adoption.ts";
import { newSecret } from "../../../src/domain/new-secret.ts";
import type { Listed } from "../../../src/domain/ports.ts";
import type { SecretState } from "../../../src/domain/state.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { NOW, secretState } from "../cli/fake-services.ts";

const OVERLAP_MS = DAY_MS;

function listed(id: string, ageDays: number, lastsDays: number | null, more: Partial<Listed> = {}): Listed {
  return {
    id,
    marker: null,
    createdAt: NOW - ageDays * DAY_MS,
    notAfter: lastsDays === null ? null : NOW + lastsDays * DAY_MS,
    label: `label of ${id}`,
    ...more,
  };
}

const OLD = listed("old", 400, 20);
const STRAY = listed("stray", 30, 300);
const DEAD = listed("dead", 800, -70);
const ALL = [OLD, STRAY, DEAD];

function intended(
  state: SecretState | undefined,
  wanted: readonly string[],
  more: Partial<AdoptionFacts> = {},
) {
  return intendedAdoption({
    secret: "x",
    state,
    wanted,
    listed: ALL,
    isOwn: (marker) => marker.includes(":mine."),
    now: NOW,
    overlapMs: OVERLAP_MS,
    ...more,
  });
}

/** The state once what is wanted was adopted, as the journal then folds it. */
function adopt(
  state: SecretState,
  wanted: readonly string[],
  more: Partial<AdoptionFacts> = {},
): SecretState {
  const adoption = intended(state, wanted, more);
  return adoption === null ? state : withAdoption(state, adoption, "yes", NOW);
}

function zero(state: SecretState) {
  const version = state.versions["0"];
  if (version === undefined) throw new Error("there is no version 0");
  return version;
}

function ids(adoption: Adoption | null): readonly string[] | undefined {
  return adoption?.credentials.map(({ id }) => id);
}

describe("before the first rotation", () => {
  test("what is named is version 0: as old as the oldest, and it expires with the first that has not yet", () => {
    const state = adopt(newSecret("x"), ["stray", "dead", "old"]);
    expect(state).toMatchObject({ current: 0, previous: null, retireAt: null, highest: 0 });
    expect(zero(state)).toMatchObject({
      version: 0,
      stage: "current",
      credential: { id: "stray", marker: null },
      createdAt: DEAD.createdAt,
      notAfter: OLD.notAfter,
      erased: true,
    });
    expect(credentialsOf(zero(state)).map(({ id }) => id)).toEqual(["stray", "dead", "old"]);
  });

  test.each([
    ["all have expired: with the last of them", [DEAD, listed("dead-too", 900, -5)], NOW - 5 * DAY_MS],
    ["one never does, another has expired: never", [DEAD, listed("eternal", 900, null)], null],
    ["none ever does: never", [listed("eternal", 900, null)], null],
  ])("when %s", (_when, there, notAfter) => {
    const state = adopt(
      newSecret("x"),
      there.map(({ id }) => id),
      { listed: there },
    );
    expect(zero(state).notAfter).toBe(notAfter);
  });

  test("names that change replace the set, and a read that does not show one for a moment takes nothing away", () => {
    const state = adopt(newSecret("x"), ["old", "stray"]);
    expect(ids(intended(state, ["old", "stray"], { listed: [] }))).toBeUndefined();
    expect(ids(intended(state, ["stray", "dead"]))).toEqual(["stray", "dead"]);
    const empty = adopt(state, []);
    expect(empty).toMatchObject({ current: null, versions: {} });
    expect(isOutOfLine(empty, [])).toBe(false);
  });

  test("neither what is not listed nor what is ours is adopted, and that is said once", () => {
    const ours = listed("ours", 1, 90, { marker: "keyturn:x:mine.1" });
    const another = listed("another", 1, 90, { marker: "keyturn:x:lost.1" });
    const there = { listed: [OLD, ours, another] };
    const first = intended(undefined, ["old", "gone", "ours", "another", "gone"], there);
    expect(ids(first)).toEqual(["old", "another"]);
    expect(first?.refused).toEqual([
      { id: "gone", code: "adoption-unknown" },
      { id: "ours", code: "adoption-own" },
    ]);
    const state = adopt(newSecret("x"), ["old", "gone", "ours", "another"], there);
    expect(intended(state, ["old", "gone", "ours", "another"], there)).toBeNull();
    expect(isOutOfLine(state, ["old", "gone"])).toBe(true);
  });

  test("nothing named is nothing to do", () => {
    expect(isOutOfLine(undefined, [])).toBe(false);
    expect(intended(undefined, [])).toBeNull();
  });
});

describe("beside a version of ours", () => {
  const inUse = secretState("x", { highest: 4 });

  test("what is named becomes the previous one, with an overlap from now", () => {
    const state = adopt(inUse, ["old", "stray"]);
    expect(state).toMatchObject({
      current: 4,
      previous: 0,
      retireAt: NOW + OVERLAP_MS,
      retireRun: inUse.versions["4"]?.run,
    });
    expect(zero(state).stage).toBe("previous");
  });

  test.each([
    ["a previous one is alive", { previous: 3, retireAt: NOW + HOUR_MS }],
    ["a run is open", { openRun: "01r" }],
    ["it waits for an operator", { needsOperator: { run: "01r", errors: [] } }],
  ])("it waits while %s", (_when, change) => {
    const state = { ...inUse, ...change };
    expect(isOutOfLine(state, ["old"])).toBe(false);
    expect(intended(state, ["old"])).toBeNull();
  });

  test("during the overlap it only becomes less: what is taken back in time is let go, what is new waits", () => {
    const state = adopt(inUse, ["old", "stray"]);
    expect(isOutOfLine(state, ["old", "stray", "dead"])).toBe(false);
    expect(ids(intended(state, ["stray", "dead"]))).toEqual(["stray"]);
    const less = adopt(state, ["stray", "dead"]);
    expect(less).toMatchObject({ previous: 0, retireAt: state.retireAt });
    expect(lettingGo(less, [])).toEqual({ credentials: [], refused: [], retireAt: null });
    expect(adopt(less, [])).toMatchObject({ current: 4, previous: null, retireAt: null, retireRun: null });
  });

  test("once revoked they are remembered: adopted again only when they are surely back", () => {
    const before = adopt(inUse, ["old"]);
    const revoked: SecretState = {
      ...before,
      ...afterRevoking(before, NOW),
      versions: { ...before.versions, 0: { ...zero(before), stage: "retired" } },
      previous: null,
      retireAt: null,
    };
    expect(revoked).toMatchObject({ firstRun: null });
    expect(isAdopted(revoked, "old", NOW + HOUR_MS)).toBe(true);
    expect(isOutOfLine(revoked, ["old"])).toBe(false);
    expect(intended(revoked, ["old"], { now: NOW + HOUR_MS })).toBeNull();
    expect(intended(revoked, ["old"], { now: NOW + 2 * DAY_MS, listed: [] })).toBeNull();
    expect(ids(intended(revoked, ["old"], { now: NOW + 2 * DAY_MS }))).toEqual(["old"]);
    expect(ids(intended(revoked, ["old", "stray"]))).toEqual(["stray"]);
  });
});
