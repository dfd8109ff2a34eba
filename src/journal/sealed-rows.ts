import type { DatabaseSync } from "node:sqlite";
import { RotationError } from "../domain/errors.ts";
import type { RecordedSeal } from "../domain/journal-record.ts";
import type { Material } from "../domain/material.ts";
import type { SealOrder } from "../domain/ports.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";
import { decodeMaterial, encodeMaterial } from "./material-bytes.ts";
import type { SealKey } from "./seal-key.ts";
import { seal, sealedDigest, unreadable, unseal, unwrapDataKey, wiping } from "./sealing.ts";
import { withNewDataKey, wrapDataKey } from "./sealing.ts";
import type { Sealed } from "./sealing.ts";

/** Sealed material in its two tables. Writing happens inside the transaction of the append that brings it. */
export class SealedRows {
  readonly #db: DatabaseSync;
  readonly #sealKey: SealKey | null;

  constructor(db: DatabaseSync, sealKey: SealKey | null) {
    this.#db = db;
    this.#sealKey = sealKey;
  }

  put(orders: readonly SealOrder[]): readonly RecordedSeal[] {
    return orders.map((order) => this.#putOne(order));
  }

  open(secret: SecretName, version: VersionNumber, row: string): Material {
    const sql = "SELECT nonce, blob FROM sealed WHERE secret = ? AND version = ? AND row = ?";
    const sealed = this.#db.prepare(sql).get(secret, version, row) as unknown as Sealed | undefined;
    const dataKey = sealed && this.#dataKey(secret, version);
    if (sealed === undefined || dataKey === undefined) throw erased(secret, version, row);
    const plain = wiping(dataKey, (key) => unseal(key, sealed, { table: "sealed", row, secret, version }));
    if (plain === null)
      throw unreadable(`the sealed row ${row} of ${secret} version ${version} does not open`, secret);
    return wiping(plain, decodeMaterial);
  }

  /** Deletes the data key, and with it (by foreign key) every sealed row of the version. */
  erase(secret: SecretName, version: VersionNumber): void {
    this.#db.prepare("DELETE FROM data_key WHERE secret = ? AND version = ?").run(secret, version);
  }

  #putOne({ secret, version, row, material }: SealOrder): RecordedSeal {
    const sealed = this.#withDataKey(secret, version, (key) =>
      wiping(encodeMaterial(material), (plain) =>
        seal(key, plain, { table: "sealed", row, secret, version }),
      ),
    );
    const sql = "INSERT OR REPLACE INTO sealed (secret, version, row, nonce, blob) VALUES (?, ?, ?, ?, ?)";
    this.#db.prepare(sql).run(secret, version, row, sealed.nonce, sealed.blob);
    return { secret, version, row, digest: sealedDigest(sealed) };
  }

  #withDataKey(secret: SecretName, version: VersionNumber, use: (key: Buffer) => Sealed): Sealed {
    const known = this.#dataKey(secret, version);
    if (known !== undefined) return wiping(known, use);
    return withNewDataKey((key) => {
      const wrapped = wrapDataKey(this.#requireSealKey(), key, secret, version);
      const sql = "INSERT INTO data_key (secret, version, nonce, wrapped) VALUES (?, ?, ?, ?)";
      this.#db.prepare(sql).run(secret, version, wrapped.nonce, wrapped.blob);
      return use(key);
    });
  }

  #dataKey(secret: SecretName, version: VersionNumber): Buffer | undefined {
    const sql = "SELECT nonce, wrapped AS blob FROM data_key WHERE secret = ? AND version = ?";
    const wrapped = this.#db.prepare(sql).get(secret, version) as unknown as Sealed | undefined;
    if (wrapped === undefined) return undefined;
    const dataKey = unwrapDataKey(this.#requireSealKey(), wrapped, secret, version);
    if (dataKey === null)
      throw unreadable(`the data key of ${secret} version ${version} does not open`, secret);
    return dataKey;
  }

  #requireSealKey(): SealKey {
    if (this.#sealKey !== null) return this.#sealKey;
    throw unreadable("the journal was opened without a seal key", null);
  }
}

function erased(secret: SecretName, version: VersionNumber, row: string): RotationError {
  return new RotationError("sealed-erased", {
    kind: "invariant",
    message: `the journal has no sealed ${row} of ${secret} version ${version} any more`,
    hint: "Sealed material is erased once its version is retired; rotate the secret to get a new one.",
    subject: secret,
  });
}
