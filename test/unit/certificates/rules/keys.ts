import { sequence, objectIdentifier, integer, bitString } from "../../../../src/sandbox/tls/der.ts";
import type { RuleId } from "../../../../src/certificates/index.ts";
import { newKey } from "../fixtures/issue.ts";
import { plain, question, withCa, withLeaf, withRoot, type RuleCase } from "./rule-case.ts";

const RSA = sequence(objectIdentifier("1.2.840.113549.1.1.1"), Buffer.from([0x05, 0x00]));
const ECDSA_SHA1 = sequence(objectIdentifier("1.2.840.10045.4.1"));
const ECDSA_SHA384 = sequence(objectIdentifier("1.2.840.10045.4.3.3"));
const ECDSA_SHA256_NULL = sequence(objectIdentifier("1.2.840.10045.4.3.2"), Buffer.from([0x05, 0x00]));

/** An RSA key of that size; nobody holds its private half. */
function rsa(bits: number, exponent = 65_537n): Buffer {
  const modulus = (1n << BigInt(bits - 1)) + 1n;
  return sequence(RSA, bitString(sequence(integer(modulus), integer(exponent))));
}

const P192 = sequence(
  sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.2.840.10045.3.1.1")),
  bitString(Buffer.alloc(49, 4)),
);

export const KEYS = {
  "key-algorithm": {
    accepts: () => withLeaf({ key: newKey("P-521") }),
    rejects: () => withLeaf({ keyInfo: P192 }),
  },
  "rsa-size": {
    accepts: () => withLeaf({ keyInfo: rsa(2048) }),
    rejects: () => withLeaf({ keyInfo: rsa(1024) }),
  },
  "rsa-size-multiple": {
    accepts: () => withLeaf({ keyInfo: rsa(3072) }),
    rejects: () => withLeaf({ keyInfo: rsa(2049) }),
  },
  "rsa-exponent": {
    accepts: () => withLeaf({ keyInfo: rsa(2048, 3n) }),
    rejects: () => withLeaf({ keyInfo: rsa(2048, 4n) }),
  },
  "signature-algorithm": {
    accepts: () => withRoot({ algorithm: ECDSA_SHA1, hash: "sha1" }),
    rejects: () => withCa({ algorithm: ECDSA_SHA1, hash: "sha1" }),
  },
  "signature-parameters": {
    accepts: () => plain(),
    rejects: () => withLeaf({ algorithm: ECDSA_SHA256_NULL }),
  },
  "signature-algorithm-wanted": {
    accepts: () => plain({ signatureAlgorithms: ["rsa-sha256", "ecdsa-sha256"] }),
    rejects: () => plain({ signatureAlgorithms: ["ecdsa-sha384"] }),
  },
  "signature-valid": {
    accepts: () => plain(),
    // Signed over another hash than it says.
    rejects: () => withLeaf({ hash: "sha384" }),
  },
  "curve-and-hash": {
    accepts: () =>
      question({ ca: { key: newKey("P-384") }, leaf: { algorithm: ECDSA_SHA384, hash: "sha384" } }),
    rejects: () => withLeaf({ algorithm: ECDSA_SHA384, hash: "sha384" }),
  },
} as const satisfies Partial<Record<RuleId, RuleCase>>;
