import type { RecordedError } from "../domain/errors.ts";
import type { SecretOutcome } from "../domain/run.ts";
import type { RunState } from "../domain/state.ts";
import type { SecretName } from "../domain/version.ts";
import type { Workshop } from "./ports.ts";
import type { SecretResult } from "./work.ts";

/** Where a run stands, secret by secret: over, or parked. A run that was left in the middle has no result yet. */
export function resultsOf(shop: Workshop, run: RunState): readonly SecretResult[] {
  if (run.phase === "parked") {
    return run.secrets.map((each) => result(shop, run, each.secret, "parked", each.error));
  }
  return run.outcomes.map((each) => result(shop, run, each.secret, each.outcome, each.error));
}

function result(
  shop: Workshop,
  run: RunState,
  secret: SecretName,
  outcome: SecretOutcome,
  error: RecordedError | null,
): SecretResult {
  const state = shop.journal.tables.get("secret", secret);
  return {
    secret,
    run: run.run,
    outcome,
    until: outcome === "parked" ? run.parkedUntil : null,
    version: state?.current ?? null,
    retireAt: state?.retireAt ?? null,
    error,
  };
}

export function refusedResult(shop: Workshop, secret: SecretName, error: RecordedError): SecretResult {
  const state = shop.journal.tables.get("secret", secret);
  const { current: version, retireAt } = state ?? { current: null, retireAt: null };
  return { secret, run: null, outcome: "refused", until: null, version, retireAt, error };
}

/** What stands after a person decided: the kept version is current. */
export function resolvedResult(shop: Workshop, secret: SecretName): SecretResult {
  const state = shop.journal.tables.get("secret", secret);
  const run = state?.lastRun?.run ?? null;
  const { current: version, retireAt } = state ?? { current: null, retireAt: null };
  return { secret, run, outcome: "resolved", until: null, version, retireAt, error: null };
}
