import { AsnConvert } from "@peculiar/asn1-schema";
import { malformed } from "../malformed.ts";

/** A class of @peculiar/asn1-x509 that describes a structure. */
export type Schema<T> = new () => T;

/** Beyond what real extensions have. The library takes about 10 µs an element. */
const MAX_BYTES = 8 * 1024;

/** Decodes what `checkDer` has passed. The library's errors name its own internals, so they are told as ours. */
export function decode<T>(content: Uint8Array, schema: Schema<T>, field: string): T {
  if (content.length > MAX_BYTES) throw malformed(field, `it has more than ${MAX_BYTES} octets`);
  try {
    return AsnConvert.parse(content, schema);
  } catch {
    throw malformed(field, "its structure is not the one that RFC 5280 gives it");
  }
}

/**
 * The same for structures with one encoding only. The library skips fields that it does not know and takes a default
 * value that is written out; writing it again and comparing finds both.
 */
export function decodeExactly<T>(content: Uint8Array, schema: Schema<T>, field: string): T {
  const value = decode(content, schema, field);
  if (Buffer.compare(Buffer.from(AsnConvert.serialize(value)), content) !== 0)
    throw malformed(field, "it has more in it than RFC 5280 gives it, or a default value written out");
  return value;
}
