import { isIPv4, isIPv6 } from "node:net";

/** The octets of an address in text, 4 or 16; `undefined` when it is none. A zone (`%eth0`) is not part of an address. */
export function ipOctets(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split(".").map(Number));
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = "", tail] = withoutDottedQuad(text).split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`. */
function withoutDottedQuad(text: string): string {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (quad === null) return text;
  const [a = 0, b = 0, c = 0, d = 0] = quad.slice(1).map(Number);
  return `${text.slice(0, quad.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

/** The address as RFC 5952 writes it, which is how a common name must (Baseline Requirements section 7.1.4.3). */
export function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  const words = Array.from({ length: 8 }, (_, at) => ((octets[at * 2] ?? 0) << 8) | (octets[at * 2 + 1] ?? 0));
  const [start, length] = longestZeros(words);
  const text = (part: readonly number[]) => part.map((word) => word.toString(16)).join(":");
  if (length < 2) return text(words);
  return `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
}

function longestZeros(words: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < words.length; start++) {
    let end = start;
    while (words[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at]);
}

/** Loopback, private, shared or link-local: an address that no public certificate may name (RFC 6890). */
export function isLocalAddress(octets: Uint8Array): boolean {
  const [a = 0, b = 0] = octets;
  if (octets.length === 4)
    return (
      a === 127 ||
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128)
    );
  const isLoopback = octets.at(-1) === 1 && octets.subarray(0, 15).every((octet) => octet === 0);
  return isLoopback || (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
}
