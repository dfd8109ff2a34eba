import { DerReader, type Element } from "../der/der-reader.ts";
import { readOid } from "../der/read-oid.ts";
import { TAG } from "../der/tags.ts";
import { foldText } from "./fold-text.ts";

export interface Attribute {
  /** Dotted decimal. */
  readonly type: string;
  readonly text: string;
}

/** A distinguished name (RFC 5280 section 4.1.2.4). */
export interface DistinguishedName {
  readonly attributes: readonly Attribute[];
  /** One text for each RDN, equal exactly when the RDNs match by RFC 5280 section 7.1. */
  readonly rdns: readonly string[];
  /** Equal exactly when two names match. */
  readonly key: string;
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

export const COMMON_NAME = "2.5.4.3";
export const EMAIL_ADDRESS = "1.2.840.113549.1.9.1";

/** Reads a Name that `checkDer` has passed. */
export function readName(element: Element, field: string): DistinguishedName {
  const attributes: Attribute[] = [];
  const rdns: string[] = [];
  const names = new DerReader(element.content, field);
  while (!names.done) {
    const rdn = names.into(TAG.set, "rdn");
    const keys: string[] = [];
    do keys.push(readAttribute(rdn.into(TAG.sequence, "attribute"), field, attributes));
    while (!rdn.done);
    rdns.push(keys.sort().join("\u0002"));
  }
  return { attributes, rdns, key: rdns.join("\u0001") };
}

function readAttribute(reader: DerReader, field: string, into: Attribute[]): string {
  const type = readOid(reader.expect(TAG.oid, "type").content, field);
  const value = reader.next("value");
  reader.finish();
  const text = textOf(value);
  into.push({ type, text: text ?? `#${Buffer.from(value.whole).toString("hex")}` });
  // Two encodings that are not both text are different values: RFC 5280 section 7.1 lets an implementation assume so.
  return `${type}=${text === undefined ? `#${value.tag}:${Buffer.from(value.content).toString("hex")}` : foldText(text)}`;
}

/** Strings that are compared as text; the rest is compared octet by octet. */
function textOf(value: Element): string | undefined {
  const bytes = Buffer.from(value.content);
  if (value.tag === TAG.utf8String) return bytes.toString("utf8");
  if (value.tag === TAG.printableString || value.tag === TAG.ia5String || value.tag === TAG.numericString)
    return bytes.toString("latin1");
  if (value.tag === TAG.bmpString) return bytes.swap16().toString("utf16le");
  return undefined;
}

const MAX_SHOWN = 12;

/** For people: `CN=example.com, O=Example`. */
export function nameText(name: DistinguishedName): string {
  if (name.attributes.length === 0) return "(empty name)";
  const shown = name.attributes.slice(0, MAX_SHOWN);
  const rest = name.attributes.length > MAX_SHOWN ? ", …" : "";
  return `${shown.map(({ type, text }) => `${SHORT_NAMES[type] ?? type}=${printable(text)}`).join(", ")}${rest}`;
}

/** A name is written by whoever made the certificate: no control character of theirs reaches a terminal. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return clean.length > 100 ? `${clean.slice(0, 100)}…` : clean;
}
