import { RULES, type RuleId } from "../rules/rules.ts";
import { MENDS } from "./mends.ts";

interface CheckRow {
  /** Where it is written. BR: the CA/Browser Forum's Baseline Requirements for TLS server certificates. */
  readonly section: string;
  readonly says: string;
  readonly mend: string;
}

/** What a check looks at beyond the rules of a path. `docs/certificates.md` is held equal to this table by a test. */
export const CHECKS = {
  "well-formed": {
    section: "RFC 5280 4.1, X.690 10",
    says: "Each certificate can be read: strict DER, in PEM, DER, PKCS#7 or PKCS#12.",
    mend: "Copy the file anew from whoever issued it; one that was cut short or edited looks like this.",
  },
  "missing-intermediate": {
    section: "RFC 8446 4.4.2, RFC 5246 7.4.2",
    says: "What is served leads to a trusted certificate without help.",
    mend: "Append the named certificate; one that the pool lacks is to be had where the certificate below it says (AIA).",
  },
  "wrong-order": {
    section: "RFC 8446 4.4.2, RFC 5246 7.4.2",
    says: "The leaf comes first, and each certificate after one that it certifies.",
    mend: "Put the certificates into the order that is told.",
  },
  surplus: {
    section: "RFC 8446 4.4.2",
    says: "Nothing is served twice, and nothing that certifies none of the rest; a root need not be served.",
    mend: "Take it out: every handshake carries it.",
  },
  "key-matches": {
    section: "RFC 8446 4.4.3",
    says: "The private key is that of the leaf.",
    mend: "Put the key back with which this certificate was requested, or deploy the certificate that belongs to the key.",
  },
  "key-private": {
    section: "BR 9.6.3 (2)",
    says: "A private key's file cannot be read by everybody.",
    mend: "`chmod 0600` the file. Who could read it has the key: replace it, and the certificate, if others had access.",
  },
  lifetime: {
    section: "BR 6.3.2",
    says: "A public certificate lives no longer than the calendar allows on the day on which it begins.",
    mend: "Have it issued anew with a lifetime that is allowed, and let it renew by itself.",
  },
  "expires-soon": {
    section: "keyturn",
    says: "A fifth of the leaf's lifetime is left, and 30 days of every other certificate's in the path.",
    mend: "Renew it now, and find out why it was not renewed.",
  },
} as const satisfies Record<string, CheckRow>;

export type CheckRule = RuleId | keyof typeof CHECKS;

/** Section and mend of any rule that a check can name. */
export function checkRow(rule: CheckRule): CheckRow {
  if (Object.hasOwn(CHECKS, rule)) return CHECKS[rule as keyof typeof CHECKS];
  const { section, says } = RULES[rule as RuleId];
  return { section, says, mend: MENDS[rule as RuleId] };
}
