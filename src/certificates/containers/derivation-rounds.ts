import { DerReader } from "../der/der-reader.ts";
import { TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";

/** Of a file, in all. Half a second in OpenSSL, a second in JavaScript; what is made today has 2,048 to 10,000. */
export const MOST_ROUNDS = 100_000;

const DEEPEST = 12;
const CONSTRUCTED = 0x20;

/**
 * How often a key would be derived to open an EncryptedPrivateKeyInfo (RFC 5958 section 3). Whoever makes the file says how
 * often, and can say 2^31. Salt and count stand side by side wherever a key is derived (RFC 8018 appendix A, RFC 7914).
 */
export function derivationRounds(der: Uint8Array): number {
  return roundsIn(new DerReader(der, "key"), 0);
}

function roundsIn(reader: DerReader, depth: number): number {
  if (depth > DEEPEST) throw malformed("key", "it is nested too deeply");
  let rounds = 0;
  let before = 0;
  while (!reader.done) {
    const { tag, content } = reader.next("value");
    if (tag === TAG.integer && before === TAG.octetString) rounds += integerOf(content);
    if ((tag & CONSTRUCTED) !== 0) rounds += roundsIn(new DerReader(content, "key"), depth + 1);
    before = tag;
  }
  return rounds;
}

export function integerOf(octets: Uint8Array): number {
  return octets.length > 5 ? Number.MAX_SAFE_INTEGER : octets.reduce((sum, octet) => sum * 256 + octet, 0);
}
