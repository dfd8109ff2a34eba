/**
 * What the configuration said about each secret when it was loaded last: so that a reader (`status`) knows what is due
 * without loading the configuration. Outside the hash chain: it is a cache, and the configuration is the truth.
 */
import type { DatabaseSync } from "node:sqlite";

export interface PolicyProjection<T = unknown> {
  /** Tells whether the configuration has changed since; the caller chooses what goes into it. */
  readonly fingerprint: string;
  readonly rows: readonly T[];
}

/** Writes only when the fingerprint is another one. */
export function writePolicyProjection(db: DatabaseSync, fingerprint: string, rows: readonly unknown[]): void {
  const known = db.prepare("SELECT fingerprint FROM policy_projection").get()?.["fingerprint"];
  if (known === fingerprint) return;
  const sql = "INSERT OR REPLACE INTO policy_projection (id, fingerprint, json) VALUES (1, ?, ?)";
  db.prepare(sql).run(fingerprint, JSON.stringify(rows));
}

export function readPolicyProjection<T>(db: DatabaseSync): PolicyProjection<T> | null {
  const row = db.prepare("SELECT fingerprint, json FROM policy_projection").get();
  if (row === undefined) return null;
  const { fingerprint, json } = row as { fingerprint: string; json: string };
  return { fingerprint, rows: JSON.parse(json) as readonly T[] };
}
