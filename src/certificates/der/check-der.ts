import { malformed } from "../malformed.ts";
import { checkPrimitive } from "./check-primitive.ts";
import { readHeader } from "./read-header.ts";
import { TAG } from "./tags.ts";

const MAX_DEPTH = 24;
const CONSTRUCTED = 0x20;
const CLASS_BITS = 0xc0;

/**
 * Holds every element of `bytes` to DER (ITU-T X.690), before anything is decoded: the decoders that follow are lenient,
 * and two readers that understand the same bytes differently are how forged certificates pass. Implicitly tagged
 * strings are opaque here; whoever knows their type checks them.
 *
 * Work is linear in the length and memory is bounded by the depth.
 */
export function checkDer(bytes: Uint8Array, field: string): void {
  const outer = readHeader(bytes, 0, bytes.length, field);
  if (outer.end !== bytes.length) throw malformed(field, "something follows its end");
  const ends: number[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const limit = ends.at(-1) ?? bytes.length;
    const header = readHeader(bytes, offset, limit, field);
    if ((header.tag & CONSTRUCTED) === 0) {
      checkPrimitive(header.tag, bytes.subarray(header.contentStart, header.end), field);
      offset = header.end;
    } else {
      checkConstructed(header.tag, field);
      ends.push(header.end);
      offset = header.contentStart;
    }
    while (ends.length > 0 && ends.at(-1) === offset) ends.pop();
    if (ends.length > MAX_DEPTH) throw malformed(field, `it is nested more than ${MAX_DEPTH} deep`);
  }
}

function checkConstructed(tag: number, field: string): void {
  const isUniversal = (tag & CLASS_BITS) === 0;
  if (isUniversal && tag !== TAG.sequence && tag !== TAG.set)
    throw malformed(field, "a string is put together from parts, which is BER and not DER");
}
