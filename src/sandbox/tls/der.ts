/** The few DER encodings (ITU-T X.690) that an X.509 certificate is made of. */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
};

function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), length(body.length), body]);
}

/** Short form below 128, else the count of length bytes and then the length itself. */
function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes = unsigned(BigInt(size));
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function unsigned(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return tagged(TAG.sequence, ...items);
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return tagged(TAG.set, ...items);
}

export function integer(value: bigint): Buffer {
  const bytes = unsigned(value);
  const padded = (bytes[0] as number) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return tagged(TAG.integer, padded);
}

export function boolean(value: boolean): Buffer {
  return tagged(TAG.boolean, Buffer.from([value ? 0xff : 0]));
}

export function octetString(bytes: Uint8Array): Buffer {
  return tagged(TAG.octetString, bytes);
}

/** `unusedBits` of the last byte are not part of the string. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return tagged(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(TAG.utf8, Buffer.from(text, "utf8"));
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** UTCTime (0x17) to the end of 2049, GeneralizedTime (0x18) from then on (RFC 5280 section 4.1.2.5). */
export function time(at: number): Buffer {
  const date = new Date(at);
  const digits = date.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  if (date.getUTCFullYear() >= 2050) return tagged(0x18, Buffer.from(digits, "ascii"));
  return tagged(0x17, Buffer.from(digits.slice(2), "ascii"));
}

/** `[number]`, constructed: explicit tagging. */
export function explicit(number: number, content: Uint8Array): Buffer {
  return tagged(0xa0 | number, content);
}

/** `[number]`, primitive: implicit tagging of a string. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return tagged(0x80 | number, content);
}
