import type { Policy } from "../domain/policy.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import type { NextContext } from "../plan/next/action.ts";
import type { Outlook } from "./ports.ts";

/** Reads policies and state for the pure plan. A secret that is not configured any more gets the strictest answers. */
export function contextOf(outlook: Outlook): NextContext {
  const now = outlook.clock.now();
  const policy = (secret: SecretName): Policy | null =>
    outlook.wiring.has(secret) ? outlook.wiring.policy(secret).policy : null;
  return {
    now,
    retry: (secret) => policy(secret)?.retry ?? { attempts: 3, firstMs: 1_000, maxMs: 10_000 },
    windowOpensAt: (secrets) =>
      latestOpening(secrets.map(policy), (of, from) => outlook.wiring.windowOpensAt(of, from), now),
    overlapMs: (secret) => policy(secret)?.overlapMs ?? 0,
    strays: (secret) => straysOf(outlook, secret),
    failures: (secret) => outlook.journal.tables.get("secret", secret)?.failures ?? 0,
  };
}

function straysOf(outlook: Outlook, secret: SecretName): number {
  return outlook.journal.tables.sweepsOf(secret).filter((row) => row.state === "listed").length;
}

/** All windows must be open at once: moved forward until they agree, or given up after a fortnight's worth of tries. */
function latestOpening(
  policies: readonly (Policy | null)[],
  opensAt: (policy: Policy, from: Instant) => Instant,
  now: Instant,
): Instant {
  let at = now;
  for (let turn = 0; turn < 64; turn += 1) {
    const opening = Math.max(at, ...policies.map((policy) => (policy === null ? at : opensAt(policy, at))));
    if (opening === at) return at;
    at = opening;
  }
  return at;
}
