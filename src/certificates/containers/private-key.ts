import { createPrivateKey } from "node:crypto";
import type { HeldKey } from "./container.ts";
import { derivationRounds, MOST_ROUNDS } from "./derivation-rounds.ts";
import type { PemBlock } from "./pem-blocks.ts";

/** A key from PEM; `key` is `null` for an encrypted one that stays closed. `undefined` when it is no key. */
export function pemKey({ label, text, der }: PemBlock, password: string | undefined): HeldKey | undefined {
  const isEncrypted = label.startsWith("ENCRYPTED ") || /^Proc-Type: *4, *ENCRYPTED/m.test(text);
  if (isEncrypted && (password === undefined || der === null || isSlow(der, label))) return { key: null };
  try {
    return { key: createPrivateKey({ key: text, ...(password !== undefined && { passphrase: password }) }) };
  } catch {
    return isEncrypted ? { key: null } : undefined;
  }
}

/** Keys with headers (RFC 1421) derive with one round of MD5. */
function isSlow(der: Uint8Array, label: string): boolean {
  return label.startsWith("ENCRYPTED ") && derivationRounds(der) > MOST_ROUNDS;
}

/** A key from DER that is not encrypted: PKCS#8, PKCS#1 (RSA) or SEC 1 (elliptic curves). */
export function derKey(bytes: Uint8Array): HeldKey | undefined {
  for (const type of ["pkcs8", "pkcs1", "sec1"] as const)
    try {
      return { key: createPrivateKey({ key: Buffer.from(bytes), format: "der", type }) };
    } catch {
      // Another of the three.
    }
  return undefined;
}
