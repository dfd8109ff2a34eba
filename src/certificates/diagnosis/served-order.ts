import type { KeyObject } from "node:crypto";
import { isSelfIssued, type Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import { isKeyOf } from "./key-of.ts";
import type { Telling } from "./telling.ts";

/** Who is who in what is served. */
export interface ServedOrder {
  readonly leaf: Certificate;
  /** Where the leaf stands. */
  readonly leafAt: number;
  /** Leaf first, then those that lead upwards from it by name, nearest first; nothing twice. */
  readonly chain: readonly Certificate[];
}

export function orderOf(served: readonly Certificate[], key: KeyObject | undefined): ServedOrder {
  const leafAt = leafPlace(served, key);
  const leaf = served[leafAt] as Certificate;
  const bySubject = Map.groupBy(served, ({ subject }) => subject.key);
  const chain = new Map([[leaf.fingerprint, leaf]]);
  // A map's iterator also visits what is added on the way.
  for (const certificate of chain.values())
    for (const issuer of bySubject.get(certificate.issuer.key) ?? [])
      if (!chain.has(issuer.fingerprint)) chain.set(issuer.fingerprint, issuer);
  return { leaf, leafAt, chain: [...chain.values()] };
}

/** The one that the key belongs to; else the first that is no CA; else the first. */
function leafPlace(served: readonly Certificate[], key: KeyObject | undefined): number {
  const ofKey = key === undefined ? -1 : served.findIndex((certificate) => isKeyOf(key, certificate));
  if (ofKey >= 0) return ofKey;
  const first = served.findIndex(({ known }) => known.basicConstraints?.ca !== true);
  return Math.max(first, 0);
}

export function tellMisplaced(served: readonly Certificate[], order: ServedOrder, telling: Telling): void {
  const misplaced = order.leafAt === 0 ? firstMisplaced(served, order) : order.leaf;
  if (misplaced === undefined) return;
  const isLeaf = misplaced === order.leaf;
  telling.add({
    rule: "wrong-order",
    // TLS knows the server by the first certificate; beyond it, most clients sort for themselves.
    level: isLeaf ? "error" : "warning",
    certificate: misplaced,
    message: isLeaf
      ? `it is the leaf, and stands at place ${order.leafAt + 1}: clients take the first for it`
      : "it stands before the certificate that it certifies",
    mend: `The right order: ${order.chain.map(({ subject }) => nameText(subject)).join("; then ")}.`,
  });
}

/** RFC 8446 lets other chains follow, so it is enough that each stands behind one that it certifies. */
function firstMisplaced(served: readonly Certificate[], { chain }: ServedOrder): Certificate | undefined {
  const inChain = new Set(chain);
  const issuersSoFar = new Set<string>();
  for (const [place, certificate] of served.entries()) {
    if (!inChain.has(certificate)) continue;
    if (place > 0 && !issuersSoFar.has(certificate.subject.key)) return certificate;
    issuersSoFar.add(certificate.issuer.key);
  }
  return undefined;
}

export function tellSurplus(
  served: readonly Certificate[],
  { leaf, chain }: ServedOrder,
  isOrdered: boolean,
  telling: Telling,
): void {
  const expected = new Set(chain.map(({ fingerprint }) => fingerprint));
  const seen = new Set<string>();
  for (const [place, certificate] of served.entries()) {
    const message = seen.has(certificate.fingerprint)
      ? "it is served twice"
      : certificate === leaf
        ? undefined
        : surplusReason(certificate, expected, isOrdered);
    seen.add(certificate.fingerprint);
    if (message !== undefined)
      telling.add({ rule: "surplus", level: "warning", certificate, place, message });
  }
}

function surplusReason(
  certificate: Certificate,
  expected: ReadonlySet<string>,
  isOrdered: boolean,
): string | undefined {
  if (!expected.has(certificate.fingerprint)) return "it certifies none of the others";
  // Nobody serves a key store as it is, and roots belong into some.
  return isSelfIssued(certificate) && isOrdered
    ? "it is a root: whoever trusts it has it, and nobody else believes it"
    : undefined;
}
