/** Two secrets that must not rotate in the same window: whether one has to wait for the other. Pure. */
import type { Opening, Policy, SecretPolicy } from "../domain/policy.ts";
import type { SecretState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";

export interface Partner {
  readonly of: SecretPolicy;
  readonly state: SecretState | undefined;
  /** This very request rotates it. */
  readonly planned: boolean;
}

/** When the secret would be activated, and the windows around that. */
export interface Occasion {
  readonly at: Instant;
  openingAt(policy: Policy, at: Instant): Opening | null;
  windowOpensAt(policy: Policy, from: Instant): Instant;
}

export interface Wait {
  readonly waitsFor: SecretName;
  /** When it may rotate, as far as is known now. */
  readonly until: Instant;
  /** Whether it is this opening of the window, or the other's overlap, that has to be over. */
  readonly within: "window" | "overlap";
}

/**
 * The longest wait that a partner asks for; null when there is none, or when the current version would not live that
 * long. Of a pair one is activated in an opening of the window. Outside of any, one waits for the other's overlap.
 */
export function keptApart(
  secret: SecretState | undefined,
  of: SecretPolicy,
  partners: readonly Partner[],
  occasion: Occasion,
): Wait | null {
  const waits = partners.flatMap((partner) => {
    const free = freeAt(of, partner, occasion);
    return free === null ? [] : [{ waitsFor: partner.of.secret, ...free }];
  });
  const longest = waits.toSorted((a, b) => b.until - a.until)[0];
  const notAfter = secret?.versions[String(secret.current)]?.notAfter ?? null;
  if (longest === undefined || (notAfter !== null && notAfter <= longest.until)) return null;
  return longest;
}

/** Null: this partner is no reason to wait. */
function freeAt(
  { policy }: SecretPolicy,
  partner: Partner,
  occasion: Occasion,
): Omit<Wait, "waitsFor"> | null {
  const { at } = occasion;
  const { of, state, planned } = partner;
  const opening = occasion.openingAt(policy, at) ?? occasion.openingAt(of.policy, at);
  const isBusy = planned || state?.openRun != null;
  if (opening === null) {
    const until = isBusy ? at + of.policy.overlapMs : overlapEnd(state, at);
    return until === null ? null : { until, within: "overlap" };
  }
  const promotedAt = state?.versions[String(state.current)]?.promotedAt ?? null;
  const wasActivated = promotedAt !== null && promotedAt >= opening.fromAt && promotedAt < opening.toAt;
  if (!isBusy && !wasActivated) return null;
  return { until: occasion.windowOpensAt(policy, opening.toAt), within: "window" };
}

function overlapEnd(state: SecretState | undefined, at: Instant): Instant | null {
  if (state?.previous == null || state.retireAt === null) return null;
  return state.retireAt > at ? state.retireAt : null;
}
