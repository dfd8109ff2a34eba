import type { Certificate } from "../certificate/certificate.ts";
import { EMAIL_ADDRESS, type DistinguishedName } from "../certificate/distinguished-name.ts";
import type { GeneralName, NameKind } from "../certificate/general-name.ts";
import { parseMailbox, type Mailbox } from "./mailbox.ts";
import { uriHost } from "./uri-host.ts";

/** A name in the form in which constraints compare it. */
export type ConstrainedName =
  | { readonly kind: "dns"; readonly text: string }
  | { readonly kind: "ip"; readonly octets: Uint8Array }
  | { readonly kind: "email"; readonly mailbox: Mailbox; readonly text: string }
  | { readonly kind: "uri"; readonly host: string; readonly text: string }
  | { readonly kind: "directory"; readonly name: DistinguishedName }
  /** A name on which no constraint of its kind can be decided. */
  | { readonly kind: "undecidable"; readonly of: NameKind };

/**
 * Every name of a certificate that constraints apply to (RFC 5280 section 4.2.1.10): the subject, the alternative names,
 * and the subject's e-mail addresses where no alternative name is one.
 */
export function constrainedNames(certificate: Certificate): readonly ConstrainedName[] {
  const { subject, known } = certificate;
  const names = (known.subjectAltName ?? []).map(constrainedName);
  if (subject.rdns.length > 0) names.push({ kind: "directory", name: subject });
  if (!names.some((name) => name.kind === "email")) names.push(...subjectMailboxes(subject));
  return names;
}

function subjectMailboxes(subject: DistinguishedName): readonly ConstrainedName[] {
  return subject.attributes
    .filter((attribute) => attribute.type === EMAIL_ADDRESS)
    .map((attribute) => constrainedName({ kind: "email", text: attribute.text }));
}

function constrainedName(name: GeneralName): ConstrainedName {
  if (name.kind === "dns") return { kind: "dns", text: name.text.toLowerCase() };
  if (name.kind === "ip" || name.kind === "directory") return name;
  if (name.kind === "email") {
    const mailbox = parseMailbox(name.text);
    return mailbox ? { kind: "email", mailbox, text: name.text } : { kind: "undecidable", of: "email" };
  }
  if (name.kind === "uri") {
    const host = uriHost(name.text);
    return host === undefined ? { kind: "undecidable", of: "uri" } : { kind: "uri", host, text: name.text };
  }
  return { kind: "undecidable", of: name.kind };
}
