import { isDnsName } from "./dns-name.ts";

/** `scheme:` and what follows (RFC 3986 section 3), in printable ASCII. */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/;
const AUTHORITY = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*|\[[^\]]*\])(?::\d*)?(?:[/?#]|$)/;

/** A URI that RFC 5280 section 4.2.1.6 allows as a name: absolute, with a part after its scheme. */
export function isAbsoluteUri(text: string): boolean {
  return ABSOLUTE.test(text);
}

/** Its host in lower case; `undefined` when it has none or an address, on which no constraint can be decided. */
export function uriHost(text: string): string | undefined {
  const host = AUTHORITY.exec(text)?.[1]?.toLowerCase();
  return host !== undefined && isDnsName(host) ? host : undefined;
}
