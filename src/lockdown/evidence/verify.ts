/** Whether a folder of evidence is what was collected. Needs nothing but the folder. */
import { createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, MANIFEST, manifestSchema, SIGNATURE, type Manifest } from "./manifest.ts";

export interface VerifiedEvidence {
  readonly scope: string | null;
  readonly lockdown: string | null;
  readonly items: number;
  /** What could not be collected at the time. */
  readonly missing: readonly string[];
  /** SHA-256 of the public key, hex: to be compared with what the journal says. */
  readonly key: string | null;
  /** SHA-256 of the manifest, hex. */
  readonly manifest: string | null;
  /** Empty when nothing was changed since. */
  readonly faults: readonly string[];
}

const NOTHING = { scope: null, lockdown: null, items: 0, missing: [], key: null, manifest: null };

export function verifyEvidence(dir: string): VerifiedEvidence {
  const manifest = readManifest(dir);
  if (typeof manifest === "string") return { ...NOTHING, faults: [manifest] };
  const { scope, lockdown, items, publicKey } = manifest;
  const faults = [...signatureFaults(dir, publicKey), ...fileFaults(dir, manifest)];
  const missing = items
    .filter(({ error }) => error !== null)
    .map(({ name, error }) => `${name}: ${error ?? ""}`);
  const digest = digestOf(readFileSync(join(dir, MANIFEST)));
  return {
    scope,
    lockdown,
    items: items.length,
    missing,
    key: digestOf(publicKey),
    manifest: digest,
    faults,
  };
}

function readManifest(dir: string): Manifest | string {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(dir, MANIFEST), "utf8")));
  } catch {
    return `${MANIFEST} cannot be read, or is not one`;
  }
}

function signatureFaults(dir: string, publicKey: string): readonly string[] {
  try {
    const signature = Buffer.from(readFileSync(join(dir, SIGNATURE), "utf8"), "base64");
    const key = createPublicKey(publicKey);
    const isEdwards = key.asymmetricKeyType === "ed25519";
    if (isEdwards && verify(null, readFileSync(join(dir, MANIFEST)), key, signature)) return [];
  } catch {
    // Told below, like a signature that is wrong.
  }
  return [`${SIGNATURE} is not a signature of ${MANIFEST}`];
}

function fileFaults(dir: string, { items }: Manifest): readonly string[] {
  const named = items.flatMap(({ file, sha256 }) => (file === null ? [] : [{ file, sha256 }]));
  const known = new Set([MANIFEST, SIGNATURE, ...named.map(({ file }) => file)]);
  const extra = readdirSync(dir).filter((name) => !known.has(name));
  const changed = named.flatMap(({ file, sha256 }) => {
    try {
      return digestOf(readFileSync(join(dir, file))) === sha256 ? [] : [`${file} was changed`];
    } catch {
      return [`${file} is gone`];
    }
  });
  return [...changed, ...extra.map((name) => `${name} was added`)];
}
