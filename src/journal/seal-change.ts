/**
 * The seal key and its change. The key's file and the database are two places that no transaction spans, so while the key
 * is being changed the database leads from the old one to the new: every data key is wrapped by the new key, and the new
 * key itself, in `seal_change`, by the old one. Whichever of the two the file holds then opens everything. Once the file
 * is known to hold the new key, for good, that row goes, and the old key opens nothing.
 */
import type { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";
import { SealKey } from "./seal-key.ts";
import { seal, unreadable, unseal, unwrapDataKey, wiping, wrapDataKey } from "./sealing.ts";
import type { Sealed, SealedPlace } from "./sealing.ts";

/** A change that is under way. */
export interface SealChange {
  /** The id of the key that the file held when it began. */
  readonly from: string;
  /** The id of the key that the journal is sealed with now. */
  readonly to: string;
}

/** The seal key of the journal, found with the one in the file. The first one ever given becomes it. */
export function openSealKey(db: DatabaseSync, given: SealKey): SealKey {
  if (readMeta(db, "seal_key_id") === undefined) writeMeta(db, "seal_key_id", given.id);
  return findSealKey(db, given);
}

/** Writes nothing. Throws `sealed-unreadable` for a key that opens nothing. */
export function findSealKey(db: DatabaseSync, given: SealKey): SealKey {
  const known = readMeta(db, "seal_key_id");
  if (known === undefined || known === given.id) return given;
  const change = readSealChange(db);
  if (change?.from === given.id) return newKeyThrough(db, given, change);
  if (readMeta(db, "seal_key_before") !== given.id)
    throw unreadable("this is not the seal key that the journal was sealed with", null);
  throw new RotationError("sealed-unreadable", {
    kind: "rejected",
    message: "the seal key was changed since; this is the one before, and it opens nothing any more",
    hint: "Put the new key where state.sealKeyFile says; a service that reads it as a credential must be restarted to see it.",
  });
}

export function readSealChange(db: DatabaseSync): SealChange | null {
  const from = db.prepare("SELECT old_id FROM seal_change").get()?.["old_id"];
  const to = readMeta(db, "seal_key_id");
  return typeof from === "string" && to !== undefined ? { from, to } : null;
}

/**
 * Wraps every data key by `next` instead of `current`, and lets `file`, the key that the file holds, lead there. Gives the
 * number of data keys. Must run in a transaction.
 */
export function startSealChange(
  db: DatabaseSync,
  { current, file, next }: Readonly<Record<"current" | "file" | "next", SealKey>>,
): number {
  const rows = db.prepare("SELECT secret, version, nonce, wrapped AS blob FROM data_key").all();
  for (const row of rows) {
    const wrapped = row as unknown as Sealed & { secret: SecretName; version: VersionNumber };
    rewrap(db, wrapped, current, next);
  }
  const bridge = file.use((key) => next.use((bytes) => seal(key, bytes, placeOf(file.id, next.id))));
  const sql = "INSERT OR REPLACE INTO seal_change (id, old_id, nonce, wrapped) VALUES (1, ?, ?, ?)";
  db.prepare(sql).run(file.id, bridge.nonce, bridge.blob);
  writeMeta(db, "seal_key_id", next.id);
  return rows.length;
}

/** From here on the key before opens nothing; that it was that is remembered. Must run in a transaction. */
export function endSealChange(db: DatabaseSync, { from }: SealChange): void {
  db.exec("DELETE FROM seal_change");
  writeMeta(db, "seal_key_before", from);
}

function rewrap(
  db: DatabaseSync,
  wrapped: Sealed & { secret: SecretName; version: VersionNumber },
  current: SealKey,
  next: SealKey,
): void {
  const { secret, version } = wrapped;
  const dataKey = unwrapDataKey(current, wrapped, secret, version);
  if (dataKey === null)
    throw unreadable(`the data key of ${secret} version ${version} does not open`, secret);
  const anew = wiping(dataKey, (bytes) => wrapDataKey(next, bytes, secret, version));
  const sql = "UPDATE data_key SET nonce = ?, wrapped = ? WHERE secret = ? AND version = ?";
  db.prepare(sql).run(anew.nonce, anew.blob, secret, version);
}

function newKeyThrough(db: DatabaseSync, old: SealKey, { from, to }: SealChange): SealKey {
  const bridge = db.prepare("SELECT nonce, wrapped AS blob FROM seal_change").get() as unknown as Sealed;
  const bytes = old.use((key) => unseal(key, bridge, placeOf(from, to)));
  if (bytes !== null) return new SealKey(bytes);
  throw unreadable("the seal key was changed, and the new one cannot be found with the old one", null);
}

function placeOf(from: string, to: string): SealedPlace {
  return { table: "seal_change", row: `${from} ${to}`, secret: "", version: 0 };
}

type MetaKey = "seal_key_id" | "seal_key_before";

function readMeta(db: DatabaseSync, key: MetaKey): string | undefined {
  return db.prepare("SELECT value FROM meta WHERE key = ?").get(key)?.["value"] as string | undefined;
}

function writeMeta(db: DatabaseSync, key: MetaKey, value: string): void {
  db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
}
