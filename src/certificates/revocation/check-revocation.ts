import type { Instant } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { DerReader } from "../der/der-reader.ts";
import { TAG } from "../der/tags.ts";
import type { Signatures } from "../path/signatures.ts";
import type { Violation } from "../rules/finding.ts";
import { listProblem } from "./list-rules.ts";
import type { RevocationList } from "./revocation-list.ts";

export interface RevocationQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly isLeaf: boolean;
  readonly lists: readonly RevocationList[];
  readonly at: Instant;
  readonly signatures: Signatures;
}

/**
 * Whether a certificate is revoked (RFC 5280 section 6.3), by the lists that its issuer itself signed. One usable list is
 * enough to clear it, and one is enough to refuse it.
 */
export function* checkRevocation(question: RevocationQuestion): Iterable<Violation> {
  const { certificate, isLeaf } = question;
  const lists = question.lists.filter((list) => list.issuer.key === certificate.issuer.key);
  if (lists.length === 0) {
    if (isLeaf) yield unknown("none of the revocation lists is its issuer's");
    return;
  }
  const problems = lists.map((list) => problemOf(list, question));
  const usable = lists.filter((_, at) => problems[at] === undefined);
  if (usable.some((list) => isListed(list, certificate.serial)))
    yield { rule: "not-revoked", detail: "its issuer has revoked it" };
  else if (usable.length === 0)
    yield unknown(
      `no revocation list of its issuer can be used: ${problems.find((one) => one !== undefined)}`,
    );
}

function unknown(detail: string): Violation {
  return { rule: "revocation-known", detail };
}

function problemOf(
  list: RevocationList,
  { certificate, issuer, at, signatures }: RevocationQuestion,
): string | undefined {
  const problem = listProblem(list, certificate, at);
  if (problem !== undefined) return problem;
  const { keyUsage } = issuer.known;
  if (keyUsage !== undefined && !keyUsage.has("cRLSign"))
    return "its signer's key usage does not have cRLSign";
  return signatures.holds(list, issuer.publicKey) ? undefined : "the issuer's key does not verify it";
}

function isListed(list: RevocationList, serial: string): boolean {
  const wanted = Buffer.from(serial, "hex");
  const reader = new DerReader(list.entries, "revokedCertificates");
  while (!reader.done) {
    const entry = reader.into(TAG.sequence, "entry");
    if (wanted.equals(entry.expect(TAG.integer, "userCertificate").content)) return true;
  }
  return false;
}
