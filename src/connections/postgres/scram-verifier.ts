/**
 * What PostgreSQL keeps of a password under SCRAM-SHA-256 (RFC 5802, RFC 7677), made here, so that the password itself never
 * reaches the server, its log or its statistics. A server takes a text of this form for what is to be stored:
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, in base64
 * (https://www.postgresql.org/docs/current/catalog-pg-authid.html).
 */
import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import type { SecretValue } from "../../domain/material.ts";

/** RFC 7677: at least 4096, which is what PostgreSQL itself takes. A password of 190 bits needs no more. */
export const ITERATIONS = 4096;
export const SALT_BYTES = 16;
const KEY_BYTES = 32;

const derive = promisify(pbkdf2);

/** `password` must be ASCII, which SASLprep (RFC 4013) leaves as it is. */
export async function scramVerifier(password: SecretValue, salt: Buffer): Promise<string> {
  const bytes = password.revealBytes((own) => Buffer.from(own));
  if (!isPrintableAscii(bytes)) throw new TypeError("a password that is hashed here must be printable ASCII");
  const salted = await derive(bytes, salt, ITERATIONS, KEY_BYTES, "sha256");
  const clientKey = hmac(salted, "Client Key");
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  for (const secret of [bytes, salted, clientKey]) secret.fill(0);
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

function isPrintableAscii(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte > 0x20 && byte < 0x7f);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
