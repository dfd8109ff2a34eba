import { BlockList, isIPv4, isIPv6 } from "node:net";

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
  const words = Array.from(
    { length: 8 },
    (_, at) => ((octets[at * 2] ?? 0) << 8) | (octets[at * 2 + 1] ?? 0),
  );
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

const RESERVED = reservedRanges();

/** No public certificate may name it: a "Reserved IP Address" of the Baseline Requirements (IANA's special-purpose registries). */
export function isReservedAddress(octets: Uint8Array): boolean {
  return RESERVED.check(ipText(octets), octets.length === 4 ? "ipv4" : "ipv6");
}

function reservedRanges(): BlockList {
  const ranges = new BlockList();
  const ipv4 =
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24";
  const more = "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
  const ipv6 = "::/127 64:ff9b:1::/48 100::/64 2001:db8::/32 3fff::/20 fc00::/7 fe80::/10 ff00::/8";
  for (const range of `${ipv4} ${more} ${ipv6}`.split(" ")) {
    const [address = "", bits] = range.split("/");
    ranges.addSubnet(address, Number(bits), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return ranges;
}
