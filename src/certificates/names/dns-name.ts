/** One label of the preferred name syntax (RFC 1034 section 3.5, RFC 1123 section 2.1): no underscore. */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const MAX_LENGTH = 253;

/** A host name without wildcard, without a dot at its end, and not an address in disguise. */
export function isDnsName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_LENGTH) return false;
  const labels = text.split(".");
  return labels.every((label) => LABEL.test(label)) && !looksLikeAddress(text);
}

/** The name that a wildcard (`*.example.com`) stands in front of; `undefined` when it is not a good wildcard name. */
export function wildcardBase(text: string): string | undefined {
  if (!text.startsWith("*.")) return undefined;
  const base = text.slice(2);
  return isDnsName(base) ? base : undefined;
}

/**
 * The last label is a number, decimal or hexadecimal: what every resolver tries as an IPv4 address first
 * (the "ends in a number" check of the WHATWG URL standard).
 */
export function looksLikeAddress(text: string): boolean {
  const last = text.slice(text.lastIndexOf(".") + 1);
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
}

/**
 * Whether a presented dNSName covers the host (RFC 9525 section 6.3). A wildcard is the whole left-most label and stands
 * for exactly one label.
 */
export function matchesHost(presented: string, host: string): boolean {
  const wanted = host.toLowerCase();
  if (isDnsName(presented)) return presented.toLowerCase() === wanted;
  const base = wildcardBase(presented);
  const dot = wanted.indexOf(".");
  return base !== undefined && dot > 0 && base.toLowerCase() === wanted.slice(dot + 1);
}

/** `name` is `domain` or below it; both in lower case. */
export function isWithin(name: string, domain: string): boolean {
  if (domain === "" || name === domain) return true;
  // Without making a string: this is asked a hundred thousand times.
  return name.at(-domain.length - 1) === "." && name.endsWith(domain);
}
