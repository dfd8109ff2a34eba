import { isSelfIssued, type Certificate } from "../certificate/certificate.ts";
import type { Violation } from "../rules/finding.ts";

const ANY_POLICY = "2.5.29.32.0";

/** How many more certificates may follow before each of these holds. */
interface Counters {
  explicit: number;
  mapping: number;
  anyPolicy: number;
}

/**
 * Certificate policies (RFC 5280 sections 6.1.3 (d-f), 6.1.4 and 6.1.5). Every policy is acceptable at the leaf, so all
 * that matters is whether any policy is valid along the whole path: instead of the tree of RFC 5280, which grows without
 * bound, the policies expected at the current depth are kept, as in the graph of RFC 9618.
 *
 * `path` runs from the certificate below the trusted one to the leaf.
 */
export function policyViolation(path: readonly Certificate[]): Violation | undefined {
  const counters: Counters = {
    explicit: path.length + 1,
    mapping: path.length + 1,
    anyPolicy: path.length + 1,
  };
  let expected: ReadonlySet<string> = new Set([ANY_POLICY]);
  for (const [at, certificate] of path.entries()) {
    const isLast = at === path.length - 1;
    expected = validPolicies(certificate, expected, counters, isLast);
    if (counters.explicit === 0 && expected.size === 0) return noPolicy();
    if (isLast) break;
    const mappings = certificate.known.policyMappings ?? [];
    if (mappings.some(({ from, to }) => from === ANY_POLICY || to === ANY_POLICY))
      return { rule: "mapping-of-any-policy", detail: "it maps anyPolicy" };
    expected = mapped(mappings, expected, counters);
    count(certificate, counters);
  }
  const leaf = path.at(-1);
  const isExplicit = counters.explicit <= 1 || leaf?.known.policyConstraints?.requireExplicit === 0;
  return isExplicit && expected.size === 0 ? noPolicy() : undefined;
}

function noPolicy(): Violation {
  return {
    rule: "policies",
    detail: "a CA above asks for an explicit policy, and none is valid along the whole path",
  };
}

function validPolicies(
  certificate: Certificate,
  expected: ReadonlySet<string>,
  counters: Counters,
  isLast: boolean,
): ReadonlySet<string> {
  const stated = certificate.known.policies ?? [];
  const valid = stated.filter(
    (policy) => policy !== ANY_POLICY && (expected.has(policy) || expected.has(ANY_POLICY)),
  );
  const anyCounts = counters.anyPolicy > 0 || (!isLast && isSelfIssued(certificate));
  return new Set(stated.includes(ANY_POLICY) && anyCounts ? [...valid, ...expected] : valid);
}

function mapped(
  mappings: readonly { readonly from: string; readonly to: string }[],
  expected: ReadonlySet<string>,
  counters: Counters,
): ReadonlySet<string> {
  const next = new Set(expected);
  for (const { from } of mappings) next.delete(from);
  if (counters.mapping === 0) return next;
  for (const { from, to } of mappings) if (expected.has(from) || expected.has(ANY_POLICY)) next.add(to);
  return next;
}

function count(certificate: Certificate, counters: Counters): void {
  const { policyConstraints, inhibitAnyPolicy } = certificate.known;
  const step = isSelfIssued(certificate) ? 0 : 1;
  const lower = (counter: number, to: number | undefined) =>
    Math.min(Math.max(counter - step, 0), to ?? Number.MAX_SAFE_INTEGER);
  counters.explicit = lower(counters.explicit, policyConstraints?.requireExplicit);
  counters.mapping = lower(counters.mapping, policyConstraints?.inhibitMapping);
  counters.anyPolicy = lower(counters.anyPolicy, inhibitAnyPolicy);
}
