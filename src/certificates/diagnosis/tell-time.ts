import { DAY_MS, formatDuration, type Instant } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { isoSeconds } from "../iso-seconds.ts";
import { validityRules } from "../rules/validity.ts";
import { isPublic, lifetimeMs, overCalendar } from "./lifetime.ts";
import type { Telling } from "./telling.ts";

/** Renewal starts when a third is left at most clients; what has a fifth left was not renewed. */
const SOON_SHARE = 1 / 5;
/** CAs live for years: a share of that says nothing. */
const SOON_AUTHORITY_MS = 30 * DAY_MS;

export function tellLifetime(leaf: Certificate, telling: Telling): void {
  const over = overCalendar(leaf);
  if (over === undefined) return;
  const text = `it lives ${over.days} days; a public one that begins on ${over.from} or later may live ${over.allowed}`;
  telling.add(
    isPublic(leaf)
      ? { rule: "lifetime", level: "warning", certificate: leaf, message: text }
      : {
          rule: "lifetime",
          level: "notice",
          certificate: leaf,
          message: `${text}; by its policies it is not public, so that does not bind it`,
          mend: "Nothing, for a CA of your own; but what renews by itself can live as short.",
        },
  );
}

/** `share`: of the leaf's lifetime; 0 tells nothing of anybody. */
export function tellSoon(
  leaf: Certificate,
  path: readonly Certificate[],
  at: Instant,
  telling: Telling,
  share = SOON_SHARE,
): void {
  if (share <= 0) return;
  tellWhenUnder(leaf, lifetimeMs(leaf) * share, at, telling);
  for (const certificate of path) if (certificate !== leaf) tellAuthoritySoon(certificate, at, telling);
}

export function tellAuthoritySoon(certificate: Certificate, at: Instant, telling: Telling): void {
  tellWhenUnder(certificate, SOON_AUTHORITY_MS, at, telling);
}

function tellWhenUnder(certificate: Certificate, limitMs: number, at: Instant, telling: Telling): void {
  const left = certificate.notAfter.at - at;
  if (left < 0 || left >= limitMs || certificate.notBefore.at > at) return;
  telling.add({
    rule: "expires-soon",
    level: "warning",
    certificate,
    message: `it expires in ${formatDuration(left)}, at ${isoSeconds(certificate.notAfter.at)}`,
  });
}

/** Expired certificates beside a path that holds: clients that try one path only stumble over them. */
export function tellExpiredBeside(
  chain: readonly Certificate[],
  path: readonly Certificate[],
  at: Instant,
  telling: Telling,
): void {
  for (const certificate of chain) {
    if (path.includes(certificate)) continue;
    for (const { rule, detail } of validityRules(certificate, at))
      if (!telling.has(rule, certificate))
        telling.add({
          rule,
          level: "warning",
          certificate,
          message: `${detail}; the path does not need it, but a client that tries one path only fails here`,
          mend: "Take it out, or serve the CA's current certificate.",
        });
  }
}
