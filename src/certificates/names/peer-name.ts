import { isIP } from "node:net";
import type { Certificate } from "../certificate/certificate.ts";
import type { Violation } from "../rules/finding.ts";
import { matchesHost } from "./dns-name.ts";
import { ipOctets, sameOctets } from "./ip-address.ts";
import { parseMailbox, sameMailbox } from "./mailbox.ts";

/** A name that the certificate must be for: a host, an address in text, or a mailbox. */
export interface PeerName {
  readonly kind: "dns" | "ip" | "email";
  readonly value: string;
}

/** What a person wrote as a name: an address, a mailbox or a host. */
export function peerName(text: string): PeerName {
  if (isIP(text) > 0) return { kind: "ip", value: text };
  return { kind: text.includes("@") ? "email" : "dns", value: text };
}

/** Each name must be among the alternative names (RFC 9525 section 6); the common name is never looked at. */
export function* peerNameRules(certificate: Certificate, names: readonly PeerName[]): Iterable<Violation> {
  for (const name of names)
    if (!hasName(certificate, name))
      yield { rule: "name-matches", detail: `it is not for ${name.kind} ${name.value}` };
}

function hasName(certificate: Certificate, { kind, value }: PeerName): boolean {
  const names = certificate.known.subjectAltName ?? [];
  if (kind === "dns") return names.some((name) => name.kind === "dns" && matchesHost(name.text, value));
  if (kind === "ip") {
    const octets = ipOctets(value);
    return (
      octets !== undefined && names.some((name) => name.kind === "ip" && sameOctets(name.octets, octets))
    );
  }
  const mailbox = parseMailbox(value);
  if (mailbox === undefined) return false;
  return names.some((name) => name.kind === "email" && isMailbox(name.text, mailbox));
}

function isMailbox(text: string, wanted: { readonly local: string; readonly host: string }): boolean {
  const mailbox = parseMailbox(text);
  return mailbox !== undefined && sameMailbox(mailbox, wanted);
}
