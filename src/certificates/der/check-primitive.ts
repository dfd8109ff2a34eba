import { isAscii, isUtf8 } from "node:buffer";
import { malformed } from "../malformed.ts";
import { TAG } from "./tags.ts";

type Check = (content: Uint8Array) => string | undefined;

/** What is wrong with the content of each universal type; `undefined` when nothing is. */
const CHECKS: Readonly<Record<number, Check>> = {
  [TAG.boolean]: (content) =>
    content.length === 1 && (content[0] === 0 || content[0] === 0xff)
      ? undefined
      : "a BOOLEAN is not 00 or FF",
  [TAG.integer]: integerProblem,
  [TAG.enumerated]: integerProblem,
  [TAG.bitString]: bitStringProblem,
  [TAG.octetString]: () => undefined,
  [TAG.null]: (content) => (content.length === 0 ? undefined : "a NULL has content"),
  [TAG.oid]: oidProblem,
  [TAG.utf8String]: (content) => (isUtf8(content) ? undefined : "a UTF8String is not UTF-8"),
  [TAG.numericString]: (content) => only(/^[0-9 ]*$/, content, "NumericString"),
  // `*` and `&` are not in the type, but stand in many real names; Go tolerates the same two.
  [TAG.printableString]: (content) => only(/^[A-Za-z0-9 '()+,\-./:=?*&]*$/, content, "PrintableString"),
  [TAG.teletexString]: () => undefined,
  [TAG.ia5String]: (content) => (isAscii(content) ? undefined : "an IA5String is not ASCII"),
  [TAG.visibleString]: (content) => only(/^[\x20-\x7e]*$/, content, "VisibleString"),
  [TAG.universalString]: (content) =>
    content.length % 4 === 0 ? undefined : "a UniversalString is cut short",
  [TAG.bmpString]: (content) => (content.length % 2 === 0 ? undefined : "a BMPString is cut short"),
  // RFC 5280 section 4.1.2.5: seconds, no fraction, Z.
  [TAG.utcTime]: (content) => only(/^\d{12}Z$/, content, "UTCTime"),
  [TAG.generalizedTime]: (content) => only(/^\d{14}Z$/, content, "GeneralizedTime"),
};

/** Refuses a primitive element whose content DER does not allow. */
export function checkPrimitive(tag: number, content: Uint8Array, field: string): void {
  if ((tag & 0xc0) !== 0) return;
  const check = CHECKS[tag];
  const problem = check === undefined ? "it has a type that no certificate uses" : check(content);
  if (problem !== undefined) throw malformed(field, problem);
}

function only(pattern: RegExp, content: Uint8Array, type: string): string | undefined {
  return pattern.test(latin1(content)) ? undefined : `a ${type} has a character that the type does not have`;
}

function latin1(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString("latin1");
}

function integerProblem(content: Uint8Array): string | undefined {
  const [first, second] = content;
  if (first === undefined) return "an INTEGER is empty";
  if (second === undefined) return undefined;
  const padded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
  return padded ? "an INTEGER has more octets than it needs" : undefined;
}

function bitStringProblem(content: Uint8Array): string | undefined {
  const [unused] = content;
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1))
    return "a BIT STRING counts its unused bits wrongly";
  const last = content.at(-1) as number;
  return unused > 0 && (last & ((1 << unused) - 1)) !== 0
    ? "a BIT STRING has unused bits that are set"
    : undefined;
}

function oidProblem(content: Uint8Array): string | undefined {
  if (content.length === 0 || (content.at(-1) as number) >= 0x80) return "an OBJECT IDENTIFIER is cut short";
  const padded = content.some(
    (byte, at) => byte === 0x80 && (at === 0 || (content[at - 1] as number) < 0x80),
  );
  return padded ? "an OBJECT IDENTIFIER is not in its shortest form" : undefined;
}
