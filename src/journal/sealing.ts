/**
 * Envelope encryption: AES-256-GCM throughout, one random data key per secret and version, wrapped by the seal key.
 * The additional data names table, row, secret and version, so a blob moved to another place does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { RotationError } from "../domain/errors.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";
import type { SealKey } from "./seal-key.ts";

/** NIST SP 800-38D, section 8.2.2: 96 random bits per key stay safe below 2^32 messages. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES = 32;

/** Where a sealed blob stands. */
export interface SealedPlace {
  readonly table: "data_key" | "sealed" | "seal_change";
  readonly row: string;
  readonly secret: SecretName;
  readonly version: VersionNumber;
}

/** Ciphertext and tag in `blob`. */
export interface Sealed {
  readonly nonce: Uint8Array;
  readonly blob: Uint8Array;
}

export function seal(key: Buffer, plain: Buffer, place: SealedPlace): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(place));
  return { nonce, blob: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
}

/** The plain bytes, which the caller wipes; `null` when the key, the place or a bit is not the one it was sealed with. */
export function unseal(key: Buffer, sealed: Sealed, place: SealedPlace): Buffer | null {
  if (sealed.nonce.length !== NONCE_BYTES || sealed.blob.length < TAG_BYTES) return null;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(place));
  decipher.setAuthTag(sealed.blob.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.blob.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}

/** Uses a fresh data key and wipes it. */
export function withNewDataKey<T>(use: (dataKey: Buffer) => T): T {
  return wiping(randomBytes(DATA_KEY_BYTES), use);
}

export function wrapDataKey(
  sealKey: SealKey,
  dataKey: Buffer,
  secret: SecretName,
  version: VersionNumber,
): Sealed {
  return sealKey.use((key) => seal(key, dataKey, { table: "data_key", row: "", secret, version }));
}

export function unwrapDataKey(
  sealKey: SealKey,
  wrapped: Sealed,
  secret: SecretName,
  version: VersionNumber,
): Buffer | null {
  return sealKey.use((key) => unseal(key, wrapped, { table: "data_key", row: "", secret, version }));
}

/** What the hash chain keeps of a sealed blob. */
export function sealedDigest(sealed: Sealed): string {
  return createHash("sha256").update(sealed.nonce).update(sealed.blob).digest("hex");
}

export function unreadable(message: string, secret: SecretName | null): RotationError {
  return new RotationError("sealed-unreadable", {
    kind: "rejected",
    message,
    hint: "Name the right key in state.sealKeyFile; without it the sealed material cannot be had back.",
    ...(secret === null ? {} : { subject: secret }),
  });
}

export function wiping<T>(bytes: Buffer, use: (bytes: Buffer) => T): T {
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Every field with its length before it: no two places give the same bytes. */
function additionalData(place: SealedPlace): Buffer {
  const fields = [place.table, place.row, place.secret, String(place.version)].map((field) =>
    Buffer.from(field, "utf8"),
  );
  return Buffer.concat(fields.flatMap((field) => [uint32(field.length), field]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
