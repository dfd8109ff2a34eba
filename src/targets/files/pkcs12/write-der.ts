/** The few DER encodings (ITU-T X.690) that a PKCS#12 file is made of. */

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return tagged(0x30, ...items);
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return tagged(0x31, ...items);
}

export function octets(...content: readonly Uint8Array[]): Buffer {
  return tagged(0x04, ...content);
}

export function explicit(tag: number, ...items: readonly Uint8Array[]): Buffer {
  return tagged(0xa0 | tag, ...items);
}

export function none(): Buffer {
  return tagged(0x05);
}

/** Not negative, and below 2^31. */
export function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  const first = bytes.findIndex((byte) => byte !== 0);
  const start = first < 0 ? 4 : (bytes[first] ?? 0) >= 0x80 ? first - 1 : first;
  return tagged(0x02, bytes.subarray(start));
}

/** Dotted decimal. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTF-16, big-endian. */
export function bmpString(text: string): Buffer {
  return tagged(0x1e, Buffer.from(text, "utf16le").swap16());
}

/** Every octet but the last has its top bit set. */
function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const size = contents.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Buffer.from([tag]), length(size), ...contents]);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const hex = size.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
