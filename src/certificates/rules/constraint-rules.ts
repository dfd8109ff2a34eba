import type { Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import type { ConstrainedName } from "../names/constrained-names.ts";
import { ipText } from "../names/ip-address.ts";
import type { CompiledConstraints } from "../names/subtree.ts";
import type { Violation } from "./finding.ts";

/**
 * What a CA's name constraints refuse among the names of one certificate below it. Each CA is asked by itself: permitted
 * subtrees of several intersect, excluded ones add up (RFC 5280 section 6.1.4 (g)).
 *
 * `spend` is told of every comparison before it is made, and may throw.
 */
export function* constraintRules(
  authority: Certificate,
  { permitted, excluded }: CompiledConstraints,
  names: readonly ConstrainedName[],
  spend: (comparisons: number) => void,
): Iterable<Violation> {
  for (const name of names) {
    const kind = name.kind === "undecidable" ? name.of : name.kind;
    const allowed = permitted.get(kind);
    const refused = excluded.get(kind);
    spend((allowed?.cost ?? 0) + (refused?.cost ?? 0));
    if (name.kind === "undecidable") {
      if (allowed !== undefined || refused !== undefined)
        yield { rule: "names-decidable", detail: `a CA above constrains names of type ${kind}` };
    } else if (refused?.list.some((subtree) => subtree.has(name, true)) === true)
      yield {
        rule: "names-not-excluded",
        detail: `${shown(name)} is excluded by ${nameText(authority.subject)}`,
      };
    else if (allowed?.list.some((subtree) => subtree.has(name, false)) === false)
      yield {
        rule: "names-permitted",
        detail: `${shown(name)} is not among what ${nameText(authority.subject)} may issue for`,
      };
  }
}

function shown(name: Exclude<ConstrainedName, { kind: "undecidable" }>): string {
  if (name.kind === "directory") return nameText(name.name);
  const text = name.kind === "ip" ? ipText(name.octets) : name.text;
  return `${name.kind} ${text.replace(/[^\x21-\x7e]/g, "?").slice(0, 100)}`;
}
