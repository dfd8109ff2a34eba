import type { Certificate } from "../certificate/certificate.ts";
import { EXTENSION } from "../certificate/extension-ids.ts";
import { isCritical, purposesOf } from "./authority-rules.ts";
import type { Violation } from "./finding.ts";
import { ANY_USAGE, USAGE, type Use } from "./use.ts";

/** What is asked of the certificate at the path's end, its names aside. */
export function* leafRules(certificate: Certificate, use: Use): Iterable<Violation> {
  const { known, subject } = certificate;
  if (known.basicConstraints?.ca === true) yield { rule: "leaf-not-ca", detail: "it is a CA" };
  const isNameCritical = isCritical(certificate, EXTENSION.subjectAltName);
  if (known.subjectAltName === undefined)
    yield { rule: "alt-name", detail: "it has no subject alternative name" };
  if (subject.rdns.length === 0 && !isNameCritical)
    yield {
      rule: "alt-name-when-no-subject",
      detail: "its subject is empty, and it has no critical subject alternative name",
    };
  if (subject.rdns.length > 0 && isNameCritical)
    yield { rule: "alt-name-not-critical", detail: "its subject alternative name is critical" };
  yield* keyUsageRules(certificate, use);
  yield* purposeRules(certificate, use);
}

function* keyUsageRules({ known: { keyUsage } }: Certificate, use: Use): Iterable<Violation> {
  if (keyUsage === undefined) return;
  const missing = use.keyUsages.filter((usage) => !keyUsage.has(usage));
  if (missing.length > 0)
    yield { rule: "leaf-key-usage", detail: `its key usage does not have ${missing.join(", ")}` };
  const serves = (["digitalSignature", "keyEncipherment", "keyAgreement"] as const).some((usage) =>
    keyUsage.has(usage),
  );
  if (use.purpose === USAGE.serverAuth && !serves)
    yield { rule: "server-key-usage", detail: "its key usage allows nothing that a TLS server does" };
}

function* purposeRules(certificate: Certificate, use: Use): Iterable<Violation> {
  const usages = certificate.known.extendedKeyUsage;
  const demands = use.demanded.length > 0;
  if (usages === undefined) {
    if (demands) yield { rule: "purpose-stated", detail: "it has no extended key usage" };
    return;
  }
  const refused = purposesOf(use).filter((usage) => !usages.includes(usage) && !usages.includes(ANY_USAGE));
  if (refused.length > 0)
    yield { rule: "purpose", detail: `its extended key usage does not have ${refused.join(", ")}` };
  if (demands && usages.includes(ANY_USAGE))
    yield { rule: "purpose-not-any", detail: "its extended key usage has anyExtendedKeyUsage" };
  if (demands && isCritical(certificate, EXTENSION.extendedKeyUsage))
    yield { rule: "purpose-not-critical", detail: "its extended key usage is critical" };
}
