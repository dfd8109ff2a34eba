import { describe, expect, it } from "vitest";
import type { AttemptsState, RunState, SecretState } from "../../../src/domain/state.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { admitRollback, type RollbackAdmission } from "../../../src/plan/admit-rollback.ts";
import { NOW, secretState } from "../cli/fake-services.ts";
import { attempts, row, runState } from "../cli/runs.ts";

const [CURRENT] = Object.values(secretState("api").versions);

function rotated(change: Partial<SecretState> = {}, previous: object = {}): SecretState {
  const old = { ...CURRENT, version: 3, stage: "previous", ...previous };
  const versions = { ...secretState("api").versions, 3: old } as SecretState["versions"];
  return secretState("api", { versions, previous: 3, retireAt: NOW + DAY_MS, retireRun: "01r", ...change });
}

function retiring(tried: Partial<AttemptsState>): RunState {
  return runState([row("retire", "api", { do: attempts(tried) })]);
}

function codeOf(admission: RollbackAdmission): string {
  return admission.admit === "refused" ? admission.error.code : admission.admit;
}

describe("admitting a rollback", () => {
  it("leads to the previous version while nothing has been done to revoke it", () => {
    expect(admitRollback("api", rotated(), runState([]), undefined, NOW)).toEqual({
      admit: "yes",
      from: 4,
      to: 3,
    });
  });

  it("refuses when a person said that the previous version is revoked, though nothing was done about it yet", () => {
    const admission = admitRollback("api", rotated({ revokedByHand: 3 }), runState([]), undefined, NOW);
    expect(codeOf(admission)).toBe("nothing-to-roll-back");
    expect(codeOf(admitRollback("api", rotated({ revokedByHand: 2 }), runState([]), undefined, NOW))).toBe(
      "yes",
    );
  });

  it("leads to what was there before when there is one version and its run knows", () => {
    const first = runState([], { baselines: [] });
    const admission = admitRollback("api", secretState("api", { firstRun: "01r" }), undefined, first, NOW);
    expect(admission).toEqual({ admit: "yes", from: 4, to: 0 });
  });

  it.each([
    ["refuses", "open", { result: "open" }, "nothing-to-roll-back"],
    ["refuses", "not known", { result: "unknown" }, "nothing-to-roll-back"],
    [
      "refuses",
      "failed after one that may land",
      { result: "failed", lateUntil: NOW },
      "nothing-to-roll-back",
    ],
    ["allows", "known to have failed", { result: "failed", lateUntil: null }, "yes"],
  ] as const)("%s one whose revoke is %s", (_does, _name, tried, expected) => {
    expect(codeOf(admitRollback("api", rotated(), retiring(tried), undefined, NOW))).toBe(expected);
  });

  it.each([
    ["never had a version", undefined, "nothing-to-roll-back"],
    ["has nothing before its version", secretState("api"), "nothing-to-roll-back"],
    ["was rolled back already", rotated({ held: true }), "nothing-to-roll-back"],
    ["has a previous version that expired", rotated({}, { notAfter: NOW }), "nothing-to-roll-back"],
    ["has a previous version without material", rotated({}, { erased: true }), "nothing-to-roll-back"],
    ["is in a run", rotated({ openRun: "02r" }), "overlap-open"],
    ["waits for an operator", rotated({ needsOperator: { run: "02r", errors: [] } }), "locked-by-operator"],
  ] as const)("refuses a secret that %s", (_name, state, expected) => {
    expect(codeOf(admitRollback("api", state, runState([]), undefined, NOW))).toBe(expected);
  });
});
