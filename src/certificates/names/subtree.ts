import type { GeneralName, NameKind } from "../certificate/general-name.ts";
import type { NameConstraints } from "../certificate/name-constraints.ts";
import type { ConstrainedName } from "./constrained-names.ts";
import { isWithin } from "./dns-name.ts";
import { parseMailbox, sameMailbox } from "./mailbox.ts";

/** One permitted or excluded subtree, ready for comparing. */
interface Subtree {
  /**
   * Whether a name of the same kind lies in it (RFC 5280 section 4.2.1.10). For exclusion a wildcard does as soon as one of
   * the names that it stands for does.
   */
  readonly has: (name: ConstrainedName, excludes: boolean) => boolean;
  /** Comparisons that asking takes: of directory names one an RDN. */
  readonly cost: number;
}

/** The subtrees of one kind. */
export interface Subtrees {
  readonly list: readonly Subtree[];
  readonly cost: number;
}

/** Name constraints by the kind of name that they constrain. */
export interface CompiledConstraints {
  readonly permitted: ReadonlyMap<NameKind, Subtrees>;
  readonly excluded: ReadonlyMap<NameKind, Subtrees>;
}

export function compileConstraints({ permitted = [], excluded = [] }: NameConstraints): CompiledConstraints {
  return { permitted: byKind(permitted), excluded: byKind(excluded) };
}

function byKind(bases: readonly GeneralName[]): ReadonlyMap<NameKind, Subtrees> {
  const groups = Map.groupBy(bases, (base) => base.kind);
  return new Map(
    [...groups].map(([kind, group]) => {
      const list = group.map(compile);
      return [kind, { list, cost: list.reduce((sum, { cost }) => sum + cost, 0) }];
    }),
  );
}

function compile(base: GeneralName): Subtree {
  switch (base.kind) {
    case "dns":
      return dnsSubtree(base.text.toLowerCase());
    case "ip":
      return one((name) => name.kind === "ip" && isInRange(name.octets, base.octets));
    case "email":
      return mailSubtree(base.text);
    case "uri":
      return hostSubtree(base.text, (name) => (name.kind === "uri" ? name.host : undefined));
    case "directory": {
      const { rdns } = base.name;
      const has = (name: ConstrainedName) =>
        name.kind === "directory" && rdns.every((rdn, at) => rdn === name.name.rdns[at]);
      return { has, cost: rdns.length + 1 };
    }
    case "other":
    case "x400":
    case "edi":
    case "registered-id":
      return one(() => false);
  }
}

function one(has: Subtree["has"]): Subtree {
  return { has, cost: 1 };
}

function dnsSubtree(base: string): Subtree {
  const parent = base.slice(base.indexOf(".") + 1);
  return one((name, excludes) => {
    if (name.kind !== "dns") return false;
    if (!name.text.startsWith("*.")) return isWithin(name.text, base);
    const domain = name.text.slice(2);
    return isWithin(domain, base) || (excludes && parent === domain);
  });
}

function isInRange(address: Uint8Array, range: Uint8Array): boolean {
  const size = range.length / 2;
  if (address.length !== size) return false;
  return address.every((octet, at) => ((octet ^ (range[at] ?? 0)) & (range[size + at] ?? 0)) === 0);
}

function mailSubtree(base: string): Subtree {
  const mailbox = base.includes("@") ? parseMailbox(base) : undefined;
  if (mailbox !== undefined)
    return one((name) => name.kind === "email" && sameMailbox(name.mailbox, mailbox));
  return hostSubtree(base, (name) => (name.kind === "email" ? name.mailbox.host : undefined));
}

/** `.example.com` is everything below, `example.com` that host alone. */
function hostSubtree(base: string, hostOf: (name: ConstrainedName) => string | undefined): Subtree {
  const wanted = base.toLowerCase();
  const isDomain = wanted.startsWith(".");
  return one((name) => {
    const host = hostOf(name);
    if (host === undefined) return false;
    return isDomain ? host.endsWith(wanted) : wanted === "" || host === wanted;
  });
}
