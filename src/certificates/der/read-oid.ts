import { malformed } from "../malformed.ts";

/** Octets after which an object identifier is taken for an attack: dotted text of each costs time. */
const MAX_OCTETS = 128;

/** An object identifier's content as dotted decimal. */
export function readOid(content: Uint8Array, field: string): string {
  if (content.length > MAX_OCTETS) throw malformed(field, "an OBJECT IDENTIFIER is beyond reason");
  const arcs: string[] = [];
  let arc = 0n;
  let small = 0;
  let digits = 0;
  for (const byte of content) {
    digits++;
    if (digits <= 4) small = small * 128 + (byte & 0x7f);
    else arc = (digits === 5 ? BigInt(small) : arc) * 128n + BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    pushArc(arcs, digits <= 4 ? BigInt(small) : arc);
    [arc, small, digits] = [0n, 0, 0];
  }
  return arcs.join(".");
}

/** The first octets hold two arcs: 40 times the first, which is 0, 1 or 2, plus the second. */
function pushArc(arcs: string[], value: bigint): void {
  if (arcs.length > 0) arcs.push(value.toString());
  else if (value < 80n) arcs.push((value / 40n).toString(), (value % 40n).toString());
  else arcs.push("2", (value - 80n).toString());
}
