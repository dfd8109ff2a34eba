/** The journal's file read from end to end, and every sealed value opened, as `doctor` tells it. */
import type { DatabaseSync } from "node:sqlite";
import { failed, failedBy, inferred, proved, type Finding } from "../domain/check.ts";
import { RotationError } from "../domain/errors.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";
import { verifyChain } from "./chain.ts";
import { openDatabaseReadOnly } from "./database.ts";
import { journalError } from "./journal-error.ts";
import { findSealKey } from "./seal-change.ts";
import type { SealKey } from "./seal-key.ts";
import { SealedRows } from "./sealed-rows.ts";

export function inspectChain(dir: string): readonly Finding[] {
  return reading("journal-chain", dir, (db) => {
    const { seq } = verifyChain(db);
    return [proved("journal-chain", `${seq} entries, each linked to the one before, and all sealed values`)];
  });
}

export function inspectSealed(dir: string, sealKey: SealKey): readonly Finding[] {
  return reading("seal-key-fits", dir, (db) => {
    const key = fittingKey(db, sealKey);
    if (key === null) {
      const hint =
        "Name the right key in state.sealKeyFile; without it the sealed values cannot be had back.";
      return [failed("seal-key-fits", "this is not the key that the journal was sealed with", hint)];
    }
    const rows = sealedPlaces(db);
    const sealed = new SealedRows(db, key);
    for (const { secret, version, row } of rows)
      for (const part of Object.values(sealed.open(secret, version, row))) part.wipe();
    return [proved("seal-key-fits", `the key opens all ${rows.length} sealed values`)];
  });
}

/** While the seal key is being changed, the one before leads to it. */
function fittingKey(db: DatabaseSync, sealKey: SealKey): SealKey | null {
  try {
    return findSealKey(db, sealKey);
  } catch (thrown) {
    if (thrown instanceof RotationError && thrown.code === "sealed-unreadable") return null;
    throw thrown;
  }
}

interface Place {
  readonly secret: SecretName;
  readonly version: VersionNumber;
  readonly row: string;
}

function sealedPlaces(db: DatabaseSync): readonly Place[] {
  return db.prepare("SELECT secret, version, row FROM sealed").all() as unknown as readonly Place[];
}

function reading(
  check: "journal-chain" | "seal-key-fits",
  dir: string,
  look: (db: DatabaseSync) => readonly Finding[],
): readonly Finding[] {
  let db: DatabaseSync | null = null;
  try {
    db = openDatabaseReadOnly(dir);
    return db === null
      ? [inferred(check, "there is no journal yet; the first rotation begins it")]
      : look(db);
  } catch (thrown) {
    return [failedBy(check, journalError(thrown, "read the journal"))];
  } finally {
    db?.close();
  }
}
