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
export function readHeader(
  bytes: Uint8Array,
  offset: number,
  limit: number,
  structure: string,
  part?: string,
): Header {
  const header = parseHeader(bytes, offset, limit);
  if (typeof header !== "string") return header;
  throw malformed(part === undefined ? structure : `${structure}.${part}`, header);
}

/** The header, or what is wrong with it. */
function parseHeader(bytes: Uint8Array, offset: number, limit: number): Header | string {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined || offset + 2 > limit) return "it ends too early";
  if ((tag & 0x1f) === 0x1f) return "it has a tag that no certificate uses";
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80) return "its length is indefinite, which is BER and not DER";
  if (count > 4) return "its length is beyond any certificate";
  const contentStart = offset + 2 + count;
  if (contentStart > limit) return "it ends too early";
  let length = count === 0 ? first : 0;
  for (let at = offset + 2; at < contentStart; at++) length = length * 256 + (bytes[at] as number);
  if (count > 0 && (length < 0x80 || bytes[offset + 2] === 0))
    return "its length is not in the shortest form that DER asks for";
  const end = contentStart + length;
  return end > limit ? "it is longer than what it stands in" : { tag, contentStart, end };
}
