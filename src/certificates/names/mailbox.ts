import { isDnsName } from "./dns-name.ts";

export interface Mailbox {
  readonly local: string;
  /** In lower case. */
  readonly host: string;
}

/** Dot-atoms and quoted strings (RFC 5321 section 4.1.2). */
const LOCAL = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*|"(?:[^"\\]|\\.)*")$/;

/** A mailbox (RFC 5280 section 4.2.1.6: `local@host`, nothing around it); `undefined` when it is none. */
export function parseMailbox(text: string): Mailbox | undefined {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const host = text.slice(at + 1);
  // Octets that are no ASCII belong into SmtpUTF8Mailbox, an otherName.
  if (local.length > 64 || !/^[\x20-\x7e]*$/.test(local) || !LOCAL.test(local) || !isDnsName(host))
    return undefined;
  return { local, host: host.toLowerCase() };
}

/** RFC 5280 section 7.5: the part before the @ as it is, the host in any case. */
export function sameMailbox(a: Mailbox, b: Mailbox): boolean {
  return a.local === b.local && a.host === b.host;
}
