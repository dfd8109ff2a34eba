import type { Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import type { Missing } from "./diagnosis.ts";
import type { Telling } from "./telling.ts";

/** Names each certificate of a path that only the pool has. `path`: leaf first, anchor last. */
export function tellMissing(
  path: readonly Certificate[],
  chain: readonly Certificate[],
  telling: Telling,
): void {
  const served = new Set(chain.map(({ fingerprint }) => fingerprint));
  const names = new Set(chain.map(({ subject }) => subject.key));
  for (const [at, certificate] of path.slice(0, -1).entries()) {
    // Another certificate of a CA that is served: what is wrong with the one that is, is told of that.
    if (at === 0 || served.has(certificate.fingerprint) || names.has(certificate.subject.key)) continue;
    const below = path[at - 1] as Certificate;
    const missing = missingAbove(below, certificate.fingerprint);
    telling.add({
      rule: "missing-intermediate",
      level: "error",
      certificate: below,
      message: `it was issued by ${missing.subject}, which is not served`,
      mend: `Append the certificate of ${missing.subject} (SHA-256 ${certificate.fingerprint}), which is at hand${orFrom(missing)}.`,
      missing,
    });
  }
}

/** Nobody has the issuer of this one. */
export function tellUnknownIssuer(below: Certificate, telling: Telling): void {
  const missing = missingAbove(below, null);
  const key = missing.keyIdentifier === null ? "" : ` (key identifier ${missing.keyIdentifier})`;
  telling.add({
    rule: "missing-intermediate",
    level: "error",
    certificate: below,
    message: `it was issued by ${missing.subject}${key}, which is neither served nor trusted`,
    mend: `Append the certificate of ${missing.subject}${from(missing)}; if it is a root of your own, trust it (\`--trust FILE\`).`,
    missing,
  });
}

/** The served certificate's successor that the pool has: same CA, and part of a path that holds. */
export function successorOf(
  { subject, fingerprint }: Certificate,
  path: readonly Certificate[],
): Certificate | undefined {
  return path.find((other) => other.subject.key === subject.key && other.fingerprint !== fingerprint);
}

function missingAbove({ issuer, known }: Certificate, fingerprint: string | null): Missing {
  return {
    subject: nameText(issuer),
    keyIdentifier: known.authorityKey?.keyIdentifier ?? null,
    fingerprint,
    uris: (known.issuerUris ?? []).slice(0, MOST_URIS),
  };
}

const MOST_URIS = 5;

function from({ uris }: Missing): string {
  return uris.length === 0
    ? ", from whoever issued it (it names no AIA address)"
    : `, to be had at ${uris.join(" or ")} (AIA)`;
}

function orFrom({ uris }: Missing): string {
  return uris.length === 0 ? "" : `, and to be had at ${uris.join(" or ")} (AIA)`;
}
