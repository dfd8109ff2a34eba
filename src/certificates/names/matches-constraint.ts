import type { GeneralName } from "../certificate/general-name.ts";
import type { ConstrainedName } from "./constrained-names.ts";
import { isWithin } from "./dns-name.ts";
import { parseMailbox, sameMailbox, type Mailbox } from "./mailbox.ts";

/**
 * Whether a name lies in the subtree (RFC 5280 section 4.2.1.10); both of one kind. For exclusion a wildcard lies in it
 * as soon as one of the names that it stands for does.
 */
export function matchesConstraint(name: ConstrainedName, base: GeneralName, excludes: boolean): boolean {
  if (name.kind === "dns" && base.kind === "dns")
    return matchesDns(name.text, base.text.toLowerCase(), excludes);
  if (name.kind === "ip" && base.kind === "ip") return matchesRange(name.octets, base.octets);
  if (name.kind === "email" && base.kind === "email") return matchesMailbox(name.mailbox, base.text);
  if (name.kind === "uri" && base.kind === "uri") return matchesHostOrDomain(name.host, base.text);
  if (name.kind === "directory" && base.kind === "directory")
    return base.name.rdns.every((rdn, at) => rdn === name.name.rdns[at]);
  return false;
}

function matchesDns(name: string, base: string, excludes: boolean): boolean {
  if (!name.startsWith("*.")) return isWithin(name, base);
  const parent = name.slice(2);
  return isWithin(parent, base) || (excludes && base.slice(base.indexOf(".") + 1) === parent);
}

function matchesRange(address: Uint8Array, range: Uint8Array): boolean {
  const size = range.length / 2;
  if (address.length !== size) return false;
  return address.every((octet, at) => ((octet ^ (range[at] ?? 0)) & (range[size + at] ?? 0)) === 0);
}

function matchesMailbox(mailbox: Mailbox, base: string): boolean {
  const exact = base.includes("@") ? parseMailbox(base) : undefined;
  return exact === undefined ? matchesHostOrDomain(mailbox.host, base) : sameMailbox(mailbox, exact);
}

/** `.example.com` is everything below, `example.com` that host alone. */
function matchesHostOrDomain(host: string, base: string): boolean {
  const wanted = base.toLowerCase();
  return wanted.startsWith(".") ? host.endsWith(wanted) : wanted === "" || host === wanted;
}
