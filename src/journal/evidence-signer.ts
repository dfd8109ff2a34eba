import { createPrivateKey, createPublicKey, hkdfSync, sign, type KeyObject } from "node:crypto";
import type { SealKey } from "./seal-key.ts";

/** RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 private key. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

interface EvidenceSigner {
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** Ed25519, base64. */
  sign(bytes: Buffer): string;
}

/** Derived from the seal key, so that there is no second key to keep: who can sign is who can open the journal. */
export function evidenceSigner(sealKey: SealKey): EvidenceSigner {
  const key = privateKey(sealKey);
  return {
    publicKey: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
    sign: (bytes) => sign(null, bytes, key).toString("base64"),
  };
}

function privateKey(sealKey: SealKey): KeyObject {
  const seed = sealKey.use((bytes) => Buffer.from(hkdfSync("sha256", bytes, "", "keyturn evidence", 32)));
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    seed.fill(0);
    der.fill(0);
  }
}
