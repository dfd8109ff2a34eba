import type { DatabaseSync } from "node:sqlite";

export function schemaVersion(db: DatabaseSync): number {
  return number(db, "user_version");
}

export function applicationId(db: DatabaseSync): number {
  return number(db, "application_id");
}

function number(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return db.prepare(`PRAGMA ${name}`).get()?.[name] as number;
}
