import type { Instant } from "../../domain/time.ts";
import { isSelfIssued, type Certificate } from "../certificate/certificate.ts";
import type { Violation } from "../rules/finding.ts";
import { keyRules, signatureRules } from "../rules/key-rules.ts";
import { WEB_PKI } from "../rules/profile.ts";
import { validityRules } from "../rules/validity.ts";
import { CLIENT_RULES } from "./client-rules.ts";
import type { CheckFinding } from "./diagnosis.ts";
import { tellAuthoritySoon } from "./tell-time.ts";
import { Telling } from "./telling.ts";

/** A file of CAs (a trust store, a chain without its leaf): nobody serves it as it is, so each is looked at by itself. */
export function diagnoseAuthorities(
  certificates: readonly Certificate[],
  at: Instant,
): readonly CheckFinding[] {
  const telling = new Telling(certificates);
  for (const certificate of certificates) {
    for (const { rule, detail } of violations(certificate, at))
      if (CLIENT_RULES.holds(rule)) telling.add({ rule, level: "warning", certificate, message: detail });
    tellAuthoritySoon(certificate, at, telling);
  }
  return telling.findings;
}

function* violations(certificate: Certificate, at: Instant): Iterable<Violation> {
  yield* validityRules(certificate, at);
  yield* keyRules(certificate, WEB_PKI);
  // Whoever trusts a root does not ask how it signed itself.
  if (!isSelfIssued(certificate)) yield* signatureRules(certificate, WEB_PKI, undefined);
}
