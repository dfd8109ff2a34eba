import { isSelfIssued, type Certificate } from "../certificate/certificate.ts";
import { EXTENSION } from "../certificate/extension-ids.ts";
import type { Violation } from "./finding.ts";
import { ANY_USAGE, type Use } from "./use.ts";

/** What is asked of whoever issues: intermediates and trusted certificates alike. */
export function* authorityRules(certificate: Certificate, use: Use, isAnchor: boolean): Iterable<Violation> {
  const { basicConstraints, keyUsage } = certificate.known;
  if (basicConstraints?.ca !== true) yield { rule: "is-ca", detail: "it is not a CA" };
  else if (!isCritical(certificate, EXTENSION.basicConstraints))
    yield { rule: "basic-constraints-critical", detail: "its basic constraints are not critical" };
  if (keyUsage === undefined) yield { rule: "ca-key-usage", detail: "it has no key usage" };
  else if (!keyUsage.has("keyCertSign"))
    yield { rule: "ca-cert-sign", detail: "its key usage does not have keyCertSign" };
  if (certificate.subject.rdns.length === 0) yield { rule: "ca-named", detail: "its subject is empty" };
  yield* purposeRules(certificate, use, isAnchor);
}

function* purposeRules(certificate: Certificate, use: Use, isAnchor: boolean): Iterable<Violation> {
  const usages = certificate.known.extendedKeyUsage;
  if (usages === undefined) return;
  const refused = purposesOf(use).filter((usage) => !usages.includes(usage) && !usages.includes(ANY_USAGE));
  if (refused.length > 0)
    yield { rule: "ca-purpose", detail: `its extended key usage does not have ${refused.join(", ")}` };
  if (isAnchor && isSelfIssued(certificate) && use.demanded.length > 0)
    yield { rule: "root-without-purpose", detail: "it is a root and has an extended key usage" };
}

export function purposesOf(use: Use): readonly string[] {
  return [...new Set([...(use.purpose === undefined ? [] : [use.purpose]), ...use.demanded])];
}

export function isCritical(certificate: Certificate, id: string): boolean {
  return certificate.extensions.some((extension) => extension.id === id && extension.critical);
}
