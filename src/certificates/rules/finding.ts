import type { Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import { RULES, type RuleId } from "./rules.ts";

/** A rule that a certificate breaks, before it is known where in a path the certificate stands. */
export interface Violation {
  readonly rule: RuleId;
  /** What is so, in a sentence. */
  readonly detail: string;
}

/** One reason why a path is refused. */
export interface Finding {
  readonly rule: RuleId;
  readonly section: string;
  /** Place in the path: 0 is the leaf. */
  readonly position: number;
  /** Subject and SHA-256 fingerprint of the certificate that breaks the rule. */
  readonly subject: string;
  readonly fingerprint: string;
  readonly message: string;
}

export function findingOf(violation: Violation, certificate: Certificate, position: number): Finding {
  return {
    rule: violation.rule,
    section: RULES[violation.rule].section,
    position,
    subject: nameText(certificate.subject),
    fingerprint: certificate.fingerprint,
    message: violation.detail,
  };
}
