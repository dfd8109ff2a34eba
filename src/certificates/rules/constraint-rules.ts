import type { Certificate } from "../certificate/certificate.ts";
import type { GeneralName, NameKind } from "../certificate/general-name.ts";
import { ipText } from "../names/ip-address.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import type { ConstrainedName } from "../names/constrained-names.ts";
import { matchesConstraint } from "../names/matches-constraint.ts";
import type { Violation } from "./finding.ts";

/**
 * What a CA's name constraints refuse among the names of one certificate below it. Each CA is asked by itself: permitted
 * subtrees of several intersect, excluded ones add up (RFC 5280 section 6.1.4 (g)).
 *
 * `spend` is told of every comparison before it is made, and may throw.
 */
export function* constraintRules(
  authority: Certificate,
  names: readonly ConstrainedName[],
  spend: (comparisons: number) => void,
): Iterable<Violation> {
  const constraints = authority.known.nameConstraints;
  if (constraints === undefined) return;
  const permitted = byKind(constraints.permitted ?? []);
  const excluded = byKind(constraints.excluded ?? []);
  for (const name of names) {
    const kind = name.kind === "undecidable" ? name.of : name.kind;
    const allowed = permitted.get(kind);
    const refused = excluded.get(kind) ?? [];
    spend(cost(allowed ?? []) + cost(refused));
    if (name.kind === "undecidable") {
      if (allowed !== undefined || refused.length > 0)
        yield { rule: "names-decidable", detail: `a CA above constrains names of type ${kind}` };
    } else if (refused.some((base) => matchesConstraint(name, base, true)))
      yield {
        rule: "names-not-excluded",
        detail: `${shown(name)} is excluded by ${nameText(authority.subject)}`,
      };
    else if (allowed?.some((base) => matchesConstraint(name, base, false)) === false)
      yield {
        rule: "names-permitted",
        detail: `${shown(name)} is not among what ${nameText(authority.subject)} may issue for`,
      };
  }
}

/** Directory names are compared RDN by RDN. */
function cost(bases: readonly GeneralName[]): number {
  return bases.reduce((sum, base) => sum + (base.kind === "directory" ? base.name.rdns.length : 1), 0);
}

function byKind(bases: readonly GeneralName[]): ReadonlyMap<NameKind, readonly GeneralName[]> {
  return Map.groupBy(bases, (base) => base.kind);
}

function shown(name: Exclude<ConstrainedName, { kind: "undecidable" }>): string {
  if (name.kind === "directory") return nameText(name.name);
  const text = name.kind === "ip" ? ipText(name.octets) : name.text;
  return `${name.kind} ${text.replace(/[^\x21-\x7e]/g, "?").slice(0, 100)}`;
}
