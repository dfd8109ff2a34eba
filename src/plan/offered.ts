/** Versions that others make: what an offer, or the lack of one, means for a secret. Pure. */
import type { RecordedError } from "../domain/errors.ts";
import type { Offer } from "../domain/offer.ts";
import type { DueReason } from "../domain/run.ts";
import type { SecretState } from "../domain/state.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { currentOf } from "./by-hand.ts";

/** Since when another version waits; null when none does. */
export function offeredSince(offer: Offer | null): Instant | null {
  return offer?.state === "waiting" ? offer.since : null;
}

/**
 * Why a secret that is due gets no new version: nobody has made one. Null when there is one, and when a person asks: then
 * what is there is taken, also once more.
 */
export function missingOffer(
  secret: SecretName,
  offer: Offer | null,
  reason: DueReason,
  state: SecretState | undefined,
): RecordedError | null {
  if (offer === null || reason === "requested" || reason === "target-added") return null;
  if (offer.state === "unready") return offer.error;
  if (offer.state === "waiting") return null;
  const notAfter = isoOrNull(currentOf(state)?.notAfter ?? null);
  return {
    code: "renewal-missing",
    kind: "rejected",
    message: `${secret} is due, and its files still hold version ${state?.current}${notAfter === null ? "" : `, which expires at ${notAfter}`}`,
    hint: "See why whoever renews it has not: for certbot, `certbot certificates` and its log.",
  };
}

/** What a person must know although nothing is due: files that stay as they are will not become whole by waiting. */
export function lastingFault(offer: Offer | null): RecordedError | null {
  return offer?.state === "unready" && offer.error.kind === "rejected" ? offer.error : null;
}
