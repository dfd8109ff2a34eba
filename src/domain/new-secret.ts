import type { SecretState } from "./state.ts";
import type { SecretName } from "./version.ts";

/** A secret that the journal has never heard of. */
export function newSecret(secret: SecretName): SecretState {
  return {
    secret,
    highest: 0,
    versions: {},
    current: null,
    previous: null,
    retireAt: null,
    retireRun: null,
    retireNotBefore: null,
    retireError: null,
    openRun: null,
    lastRun: null,
    failures: 0,
    holdOffUntil: null,
    needsOperator: null,
    pruneAfter: null,
    foreign: 0,
    foreignContent: false,
    firstRun: null,
    held: false,
  };
}
