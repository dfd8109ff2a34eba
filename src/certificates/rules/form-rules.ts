import type { Certificate } from "../certificate/certificate.ts";
import { EXTENSION_DECODERS } from "../certificate/extension-decoders.ts";
import { EXTENSION } from "../certificate/extension-ids.ts";
import { nameOf } from "../certificate/read-extensions.ts";
import type { Violation } from "./finding.ts";
import type { RuleId } from "./rules.ts";

const NEVER_CRITICAL: ReadonlySet<string> = new Set([
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.subjectDirectoryAttributes,
  EXTENSION.freshestCrl,
  EXTENSION.authorityInfoAccess,
  EXTENSION.subjectInfoAccess,
]);

const ALWAYS_CRITICAL: ReadonlySet<string> = new Set([
  EXTENSION.policyConstraints,
  EXTENSION.inhibitAnyPolicy,
]);

/** Rules that are about how a certificate is made, and not about what it allows. */
export const FORM_RULES: ReadonlySet<RuleId> = new Set<RuleId>([
  "serial-number",
  "no-unique-identifiers",
  "time-encoding",
  "signature-algorithm",
  "extension-not-critical",
  "extension-critical",
  "authority-key",
  "authority-key-only",
  "root-key-identifiers",
  "subject-key",
  "basic-constraints-critical",
  "ca-key-usage",
  "root-without-purpose",
  "constraints-critical",
]);

/** What RFC 5280 section 4 asks of every certificate. */
export function* formRules(certificate: Certificate, isAnchor: boolean): Iterable<Violation> {
  if (certificate.version !== 3) yield { rule: "version-3", detail: `its version is ${certificate.version}` };
  const serial = serialProblem(certificate.serial, isAnchor);
  if (serial !== undefined) yield { rule: "serial-number", detail: serial };
  if (Buffer.compare(certificate.innerAlgorithm.whole, certificate.signatureAlgorithm.whole) !== 0)
    yield {
      rule: "algorithms-agree",
      detail: "the signed part names another signature algorithm than what stands beside the signature",
    };
  if (certificate.issuer.rdns.length === 0) yield { rule: "issuer-named", detail: "its issuer is empty" };
  if (certificate.hasUniqueIdentifier)
    yield { rule: "no-unique-identifiers", detail: "it has a unique identifier" };
  yield* timeRules(certificate);
  yield* extensionRules(certificate);
  yield* usageRules(certificate);
}

function serialProblem(serial: string, isAnchor: boolean): string | undefined {
  if (serial.length > 40) return `its serial number has ${serial.length / 2} octets`;
  if (Number.parseInt(serial.slice(0, 2), 16) >= 0x80) return "its serial number is negative";
  // Some old roots have 0; RFC 5280 asks to be prepared for them.
  return serial === "00" && !isAnchor ? "its serial number is 0" : undefined;
}

function* timeRules({ notBefore, notAfter }: Certificate): Iterable<Violation> {
  if (!notBefore.isRightType || !notAfter.isRightType)
    yield { rule: "time-encoding", detail: "a time is written in the type for other years" };
  if (notAfter.at < notBefore.at) yield { rule: "validity-order", detail: "it ends before it begins" };
}

function* extensionRules({ extensions }: Certificate): Iterable<Violation> {
  const seen = new Set<string>();
  for (const { id, critical } of extensions) {
    const name = nameOf(id);
    if (seen.has(id)) yield { rule: "extension-once", detail: `it has ${name} twice` };
    seen.add(id);
    if (critical && NEVER_CRITICAL.has(id))
      yield { rule: "extension-not-critical", detail: `its ${name} is critical` };
    else if (critical && !EXTENSION_DECODERS.has(id))
      yield {
        rule: "critical-extension-known",
        detail: `it has the critical extension ${name}, which is not processed`,
      };
    if (!critical && ALWAYS_CRITICAL.has(id))
      yield { rule: "extension-critical", detail: `its ${name} is not critical` };
  }
}

function* usageRules({ known }: Certificate): Iterable<Violation> {
  const { keyUsage, basicConstraints } = known;
  const isCa = basicConstraints?.ca === true;
  const signsCertificates = keyUsage?.has("keyCertSign") === true;
  if (keyUsage?.size === 0) yield { rule: "key-usage-set", detail: "its key usage has no bit set" };
  if (signsCertificates && !isCa)
    yield { rule: "cert-sign-needs-ca", detail: "its key usage has keyCertSign, but it is not a CA" };
  if (basicConstraints?.pathLength !== undefined && !(isCa && signsCertificates))
    yield {
      rule: "path-length-needs-ca",
      detail: isCa ? "it has a path length without keyCertSign" : "it has a path length, but it is not a CA",
    };
}
