import { malformed } from "../malformed.ts";
import { DerReader, type Element } from "../der/der-reader.ts";
import { readOid } from "../der/read-oid.ts";
import { TAG } from "../der/tags.ts";
import { readName, type DistinguishedName } from "./distinguished-name.ts";

/** A GeneralName (RFC 5280 section 4.2.1.6). Text is octets as Latin-1: whether it is a good name is a rule's business. */
export type GeneralName =
  | { readonly kind: "dns" | "email" | "uri"; readonly text: string }
  | { readonly kind: "ip"; readonly octets: Uint8Array }
  | { readonly kind: "directory"; readonly name: DistinguishedName }
  | { readonly kind: "other" | "x400" | "edi" | "registered-id" };

export type NameKind = GeneralName["kind"];

/** More than any certificate has; rules look at each. */
const MAX_NAMES = 5_000;

const PRIMITIVE = 0x80;
const CONSTRUCTED = 0xa0;

/**
 * Reads a GeneralName that `checkDer` has passed. Not read with @peculiar/asn1-x509: that turns addresses and strings
 * into text on the way, and name constraints need the octets.
 */
export function readGeneralName(element: Element, field: string): GeneralName {
  switch (element.tag) {
    case CONSTRUCTED | 0:
      return otherName(element, field);
    case PRIMITIVE | 1:
      return { kind: "email", text: latin1(element) };
    case PRIMITIVE | 2:
      return { kind: "dns", text: latin1(element) };
    case CONSTRUCTED | 3:
      return { kind: "x400" };
    case CONSTRUCTED | 4:
      return { kind: "directory", name: directoryName(element, field) };
    case CONSTRUCTED | 5:
      return { kind: "edi" };
    case PRIMITIVE | 6:
      return { kind: "uri", text: latin1(element) };
    case PRIMITIVE | 7:
      return { kind: "ip", octets: element.content };
    case PRIMITIVE | 8:
      readOid(element.content, field);
      return { kind: "registered-id" };
    default:
      throw malformed(field, "it has a name of a kind that does not exist");
  }
}

/** The names of a GeneralNames sequence, of which there must be one at least. */
export function readGeneralNames(content: Uint8Array, field: string): readonly GeneralName[] {
  const reader = new DerReader(content, field);
  const names: GeneralName[] = [];
  while (!reader.done) {
    if (names.length === MAX_NAMES) throw malformed(field, `it lists more than ${MAX_NAMES} names`);
    names.push(readGeneralName(reader.next("name"), field));
  }
  if (names.length === 0) throw malformed(field, "it lists no names");
  return names;
}

function otherName(element: Element, field: string): GeneralName {
  const reader = new DerReader(element.content, field);
  reader.expect(TAG.oid, "type");
  reader.expect(CONSTRUCTED | 0, "value");
  reader.finish();
  return { kind: "other" };
}

/** `[4]` is explicit, since Name is a CHOICE. */
function directoryName(element: Element, field: string): DistinguishedName {
  const reader = new DerReader(element.content, field);
  const name = readName(reader.expect(TAG.sequence, "directoryName"), field);
  reader.finish();
  return name;
}

function latin1(element: Element): string {
  return Buffer.from(element.content).toString("latin1");
}
