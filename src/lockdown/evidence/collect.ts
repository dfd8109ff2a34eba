/** Collects evidence into a folder of its own, side by side for each subject, and signs a manifest of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asRotationError, recordError, RotationError } from "../../domain/errors.ts";
import type { EvidenceSource, Outcome } from "../../domain/lockdown.ts";
import type { Clock, Instant } from "../../domain/time.ts";
import type { EvidenceSigner } from "../scope.ts";
import { digestOf, MANIFEST, SIGNATURE, type Manifest, type ManifestItem } from "./manifest.ts";

const AT_ONCE = 8;

export interface Collection {
  readonly dir: string;
  readonly scope: string;
  readonly lockdown: string;
  /** What each gives is collected in order. */
  readonly sources: readonly (readonly EvidenceSource[])[];
  readonly signer: EvidenceSigner;
  readonly clock: Clock;
  /** Aborted when the time is up: what is there by then is kept, and the rest told as missing. */
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function collectEvidence(collection: Collection): Promise<Outcome> {
  const { clock, dir } = collection;
  const startedAt = clock.now();
  const subject = "evidence";
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const items = await collectAll(collection);
    const failed = items.filter(({ error }) => error !== null);
    const manifest = writeManifest(collection, startedAt, items);
    const facts = { dir, items: items.length, failed: failed.length, ...manifest };
    const [first] = failed;
    const error = first === undefined ? null : recordError(incomplete(dir, failed.length, first));
    return { subject, startedAt, endedAt: clock.now(), error, facts };
  } catch (thrown) {
    const error = recordError(unwritable(dir, thrown));
    return { subject, startedAt, endedAt: clock.now(), error, facts: { dir } };
  }
}

async function collectAll(collection: Collection): Promise<readonly ManifestItem[]> {
  const items: ManifestItem[] = [];
  const waiting = [...collection.sources];
  let started = 0;
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      for (const source of next) {
        started += 1;
        items.push(await collectOne(collection, source, started));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, lane));
  return items;
}

async function collectOne(
  { dir, clock, signal }: Collection,
  source: EvidenceSource,
  number: number,
): Promise<ManifestItem> {
  const { name } = source;
  const startedAt = iso(clock.now());
  try {
    signal.throwIfAborted();
    const bytes = await source.collect(signal);
    const file = `${String(number).padStart(4, "0")}-${name.replaceAll(/[^a-zA-Z0-9._-]/g, "_")}`;
    writePrivately(join(dir, file), bytes);
    const endedAt = iso(clock.now());
    return { file, name, startedAt, endedAt, bytes: bytes.length, sha256: digestOf(bytes), error: null };
  } catch (thrown) {
    const error = signal.aborted ? "the time was up" : messageOf(thrown);
    return { file: null, name, startedAt, endedAt: iso(clock.now()), bytes: null, sha256: null, error };
  }
}

function writeManifest(
  { dir, scope, lockdown, signer, clock }: Collection,
  startedAt: Instant,
  items: readonly ManifestItem[],
): { readonly manifest: string; readonly key: string } {
  const { publicKey } = signer;
  const manifest: Manifest = {
    format: "keyturn-evidence-1",
    scope,
    lockdown,
    startedAt: iso(startedAt),
    endedAt: iso(clock.now()),
    items: [...items],
    publicKey,
  };
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  writePrivately(join(dir, MANIFEST), bytes);
  writePrivately(join(dir, SIGNATURE), Buffer.from(`${signer.sign(bytes)}\n`));
  return { manifest: digestOf(bytes), key: digestOf(publicKey) };
}

/** A file that is there already is nobody's evidence. */
function writePrivately(path: string, bytes: Buffer): void {
  writeFileSync(path, bytes, { mode: 0o600, flag: "wx", flush: true });
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOSPC") return "no space left";
  return thrown instanceof RotationError ? asRotationError(thrown).message : "it could not be written";
}

function incomplete(dir: string, failed: number, { name, error }: ManifestItem): RotationError {
  return new RotationError("evidence-incomplete", {
    kind: "rejected",
    message: `${failed} pieces of evidence could not be collected, ${name} for one: ${error ?? ""}`,
    hint: `What is there is in ${dir}.`,
  });
}

function unwritable(dir: string, thrown: unknown): RotationError {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown fault";
  return new RotationError("evidence-incomplete", {
    kind: "rejected",
    message: `evidence could not be written to ${dir} (${code})`,
    hint: "Make room there, or correct preserve.dir; then run `keyturn lockdown start` again.",
  });
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
