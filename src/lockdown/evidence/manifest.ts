/** What a folder of evidence says of itself. */
import { createHash } from "node:crypto";
import { z } from "zod";

export const MANIFEST = "manifest.json";
export const SIGNATURE = "manifest.sig";

const itemSchema = z.strictObject({
  /** Null when it could not be collected. */
  file: z.string().nullable(),
  name: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  bytes: z.int().nullable(),
  sha256: z.string().nullable(),
  error: z.string().nullable(),
});

export const manifestSchema = z.strictObject({
  format: z.literal("keyturn-evidence-1"),
  scope: z.string(),
  lockdown: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** In the order in which they were collected. */
  items: z.array(itemSchema),
  /** Verifies `manifest.sig`, an Ed25519 signature of this file. */
  publicKey: z.string(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestItem = z.infer<typeof itemSchema>;

/** SHA-256, hex. */
export function digestOf(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
