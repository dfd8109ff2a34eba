/** One generation: a leaf, its chain and its key, which belong together. */
import { createPrivateKey, createPublicKey, hash, type KeyObject } from "node:crypto";
import { readFiles, type FilePaths } from "./read-files.ts";
import { parseCertificate, readPem, type Certificate } from "../../certificates/index.ts";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue, type Material } from "../../domain/material.ts";
import type { Instant } from "../../domain/time.ts";

export interface Generation {
  /** Leaf first, as they are to be served. */
  readonly list: readonly [Certificate, ...Certificate[]];
  readonly material: Material;
  readonly writtenAt: Instant;
}

/** What stands in the files now. Throws `certificate-incomplete`, transient, where they do not belong together. */
export async function readGeneration(paths: FilePaths, signal: AbortSignal): Promise<Generation> {
  const { certificates, key, writtenAt } = await readFiles(paths, signal);
  try {
    const list = readList(certificates, paths.certificate);
    assertKey(list[0], key, paths.key);
    return { list, material: materialOf(list, key), writtenAt };
  } finally {
    key.fill(0);
  }
}

/** The certificates of a version's material. */
export function listOf(material: Material): readonly [Certificate, ...Certificate[]] {
  return (material["fullchain"] ?? SecretValue.fromText("")).reveal((text) => readList(text, "the version"));
}

/** Whether the key is the leaf's. */
export function keyFits(leaf: Certificate, key: Buffer): boolean {
  const own = privateKey(key);
  if (own === null) return false;
  const info = createPublicKey(own).export({ type: "spki", format: "der" });
  return hash("sha256", info, "hex") === leaf.publicKey.id;
}

function readList(text: string, path: string): readonly [Certificate, ...Certificate[]] {
  const begun = text.match(/-----BEGIN /g)?.length ?? 0;
  const ended = text.match(/-----END [A-Z0-9 ]+-----/g)?.length ?? 0;
  if (begun === 0 || begun !== ended)
    throw incomplete(`${path} is empty, or ends in the middle of a certificate`);
  const [leaf, ...chain] = readPem(text, "CERTIFICATE").map(parseCertificate);
  if (leaf === undefined) throw incomplete(`${path} holds no certificate`);
  // certbot's chain stands in both files when the leaf's file is fullchain.pem.
  const seen = new Set([leaf.fingerprint]);
  const rest = chain.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
  return [leaf, ...rest];
}

function assertKey(leaf: Certificate, key: Buffer, path: string): void {
  if (keyFits(leaf, key)) return;
  const isKey = privateKey(key) !== null;
  throw incomplete(
    isKey
      ? `the key in ${path} is not that of the certificate`
      : `${path} holds no key that can be read without a passphrase`,
  );
}

function privateKey(pem: Buffer): KeyObject | null {
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    return null;
  }
}

function materialOf([leaf, ...chain]: readonly [Certificate, ...Certificate[]], key: Buffer): Material {
  const certificate = pemOf(leaf);
  const rest = chain.map(pemOf).join("");
  return {
    certificate: SecretValue.fromText(certificate),
    chain: SecretValue.fromText(rest),
    fullchain: SecretValue.fromText(certificate + rest),
    key: SecretValue.fromBytes(key),
  };
}

/** RFC 7468 section 5.1. */
function pemOf({ der }: Certificate): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function incomplete(message: string): RotationError {
  return new RotationError("certificate-incomplete", {
    kind: "transient",
    message,
    hint: "Whoever renews the certificate may be at work just now; if it lasts, look why that stopped half-way.",
  });
}
