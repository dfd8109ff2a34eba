import type { ErrorCode, RecordedError } from "../domain/errors.ts";
import { recordError } from "../domain/errors.ts";
import type { SecretState } from "../domain/state.ts";
import { isoOrNull } from "../domain/time.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";
import { revokeByHand, waitsForPerson } from "../plan/by-hand.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { confirmCurrent, retire, type Retired } from "./retire.ts";
import type { Runner } from "./runner.ts";
import { settle } from "./settle.ts";
import type { RetireRequest } from "./work.ts";

export type Answer = Retired | { readonly error: RecordedError };

/**
 * Retires the previous version because a person asks for it: one whose overlap is over, or, with `done`, one that the
 * person says is revoked already. Either way everyone must be seen to use the current version.
 */
export async function retireAsked(
  shop: Workshop,
  recorder: Recorder,
  runner: Runner,
  request: RetireRequest,
): Promise<Answer> {
  const { secret, done } = request;
  const state = shop.journal.tables.get("secret", secret);
  const error = refusal(shop, state, request);
  if (state === undefined || error !== null) return { error: error ?? nothing(secret) };
  const standsInTheWay = done ? await declare(shop, recorder, state, request) : await mayRevoke(shop, state);
  if (standsInTheWay !== null) return { error: standsInTheWay };
  const version = await retire(shop, recorder, runner, stateOf(shop, state));
  return version === null
    ? { error: stateOf(shop, state).retireError ?? nothing(secret) }
    : { secret, version };
}

function stateOf({ journal }: Workshop, state: SecretState): SecretState {
  return journal.tables.get("secret", state.secret) ?? state;
}

function refusal(
  { wiring, clock }: Workshop,
  state: SecretState | undefined,
  { secret, done }: RetireRequest,
): RecordedError | null {
  if (state?.previous == null) return nothing(secret);
  const { previous, needsOperator, openRun, retireAt } = state;
  if (needsOperator !== null)
    return refused(
      "locked-by-operator",
      `${secret} waits for an operator`,
      `Look at \`keyturn show ${needsOperator.run}\`, then end it with \`keyturn resolve\`.`,
    );
  if (openRun !== null)
    return refused(
      "overlap-open",
      `${secret} is in run ${openRun}, which is not over`,
      `\`keyturn show ${openRun}\` tells what it waits for.`,
    );
  const byHand = wiring.byHand(secret);
  if (done)
    return byHand !== null || waitsForPerson(state)
      ? null
      : refused(
          "usage",
          `version ${previous} of ${secret} is revoked by keyturn itself, not by a person`,
          "Leave --done out.",
        );
  if (retireAt !== null && retireAt > clock.now())
    return refused(
      "overlap-open",
      `version ${previous} of ${secret} keeps working until ${isoOrNull(retireAt)}`,
      byHand === null ? "It is retired then." : "If it is revoked already, say so with --done.",
    );
  return null;
}

/** Some time may have passed since a person was told to revoke it: everyone is asked again. */
async function mayRevoke(shop: Workshop, state: SecretState): Promise<RecordedError | null> {
  const byHand = shop.wiring.byHand(state.secret);
  if (byHand === null || !waitsForPerson(state)) return null;
  const confirmed = await settle(confirmCurrent(shop, state));
  return confirmed.ok ? revokeByHand(state, byHand) : recordError(confirmed.error);
}

/** That it is revoked is a fact; it is journaled once it can harm nobody. */
async function declare(
  shop: Workshop,
  recorder: Recorder,
  state: SecretState,
  { secret, reason, actor }: RetireRequest,
): Promise<RecordedError | null> {
  const { retireRun, previous } = state;
  if (retireRun === null || previous === null) return nothing(secret);
  const confirmed = await settle(confirmCurrent(shop, state));
  if (!confirmed.ok) return recordError(confirmed.error);
  const version: VersionNumber = previous;
  await recorder.record({ type: "revoked-by-hand", run: retireRun, secret, version, reason, actor });
  return null;
}

function nothing(secret: SecretName): RecordedError {
  return refused(
    "nothing-to-retire",
    `${secret} has no previous version`,
    "`keyturn status` shows which have.",
  );
}

function refused(code: ErrorCode, message: string, hint: string): RecordedError {
  return { code, kind: "rejected", message, hint };
}
