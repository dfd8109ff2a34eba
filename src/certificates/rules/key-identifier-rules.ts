import { isSelfIssued, type Certificate } from "../certificate/certificate.ts";
import type { Violation } from "./finding.ts";

/**
 * Presence and form of the key identifiers. That they *match* along a path is a hint for the search and no rule: a CA may
 * number its keys as it likes, and the signature decides.
 */
export function* keyIdentifierRules(certificate: Certificate, isTrusted: boolean): Iterable<Violation> {
  const { authorityKey, subjectKey, basicConstraints } = certificate.known;
  const isRoot = isTrusted && isSelfIssued(certificate);
  if (authorityKey === undefined) {
    if (!isRoot) yield { rule: "authority-key", detail: "it has no authority key identifier" };
  } else if (authorityKey.keyIdentifier === undefined) {
    yield { rule: "authority-key", detail: "its authority key identifier has no keyIdentifier" };
  }
  if (authorityKey?.namesIssuer === true || authorityKey?.namesSerial === true)
    yield {
      rule: "authority-key-only",
      detail: "its authority key identifier names an issuer or a serial number",
    };
  if (isRoot && authorityKey?.keyIdentifier !== undefined && authorityKey.keyIdentifier !== subjectKey)
    yield { rule: "root-key-identifiers", detail: "its authority key identifier is not its own key's" };
  if (basicConstraints?.ca === true && subjectKey === undefined)
    yield { rule: "subject-key", detail: "it is a CA and has no subject key identifier" };
}
