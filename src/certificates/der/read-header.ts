import { malformed } from "../malformed.ts";

/** Where one element lies: its content is `[contentStart, end)`. */
export interface Header {
  readonly tag: number;
  readonly contentStart: number;
  readonly end: number;
}

/**
 * Reads the tag and length at `offset`; what it describes must end by `limit`. DER (ITU-T X.690 section 10.1): the length
 * is definite and in its shortest form. Tags above 30 stand nowhere in X.509 and are refused.
 */
export function readHeader(bytes: Uint8Array, offset: number, limit: number, field: string): Header {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined || offset + 2 > limit)
    throw malformed(field, "it ends too early");
  if ((tag & 0x1f) === 0x1f) throw malformed(field, "it has a tag that no certificate uses");
  if (first < 0x80) return closed({ tag, contentStart: offset + 2, end: offset + 2 + first }, limit, field);
  const count = first & 0x7f;
  if (count === 0) throw malformed(field, "its length is indefinite, which is BER and not DER");
  if (count > 4) throw malformed(field, "its length is beyond any certificate");
  const contentStart = offset + 2 + count;
  if (contentStart > limit) throw malformed(field, "it ends too early");
  let length = 0;
  for (let at = offset + 2; at < contentStart; at++) length = length * 256 + (bytes[at] as number);
  if (length < 0x80 || bytes[offset + 2] === 0)
    throw malformed(field, "its length is not in the shortest form that DER asks for");
  return closed({ tag, contentStart, end: contentStart + length }, limit, field);
}

function closed(header: Header, limit: number, field: string): Header {
  if (header.end > limit) throw malformed(field, "it is longer than what it stands in");
  return header;
}
