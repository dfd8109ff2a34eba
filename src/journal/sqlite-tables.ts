import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { TableReader } from "../domain/ports.ts";
import type { RunState, SweepState, Tables } from "../domain/state.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import type { TableWriter } from "./fold.ts";

type TableName = keyof Tables;

const TABLE_NAMES: readonly TableName[] = ["secret", "run", "sweep", "lockdown"];

/** A run that needs no worker any more is never read again unless somebody asks for it. */
function isUnfinished(run: RunState): boolean {
  return run.phase !== "ended" || run.open.length > 0 || run.owed.length > 0;
}

/** The folded rows in SQLite. Writing happens inside the transaction of the append that brings the change. */
export class SqliteTables implements TableReader, TableWriter {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
    const row = this.#prepare(`SELECT json FROM ${table} WHERE key = ?`).get(key);
    return row === undefined ? undefined : parse<Tables[T]>(row);
  }

  all<T extends TableName>(table: T): readonly Tables[T][] {
    return this.#prepare(`SELECT json FROM ${table} ORDER BY key`)
      .all()
      .map(parse<Tables[T]>);
  }

  openRuns(): readonly RunState[] {
    return this.#prepare("SELECT json FROM run WHERE unfinished = 1 ORDER BY key")
      .all()
      .map(parse<RunState>);
  }

  /** A marker begins with the secret's name, so that the key alone finds them. */
  sweepsOf(secret: SecretName): readonly SweepState[] {
    return this.#prepare("SELECT json FROM sweep WHERE key >= ? AND key < ? ORDER BY key")
      .all(`keyturn:${secret}:`, `keyturn:${secret};`)
      .map(parse<SweepState>);
  }

  /** Runs, newest first; those of one secret when it is named. */
  history(secret: SecretName | null, limit: number): readonly RunState[] {
    if (secret === null) {
      return this.#prepare("SELECT json FROM run ORDER BY key DESC LIMIT ?")
        .all(limit)
        .map(parse<RunState>);
    }
    const sql =
      "SELECT json FROM run_secret JOIN run ON run.key = run_secret.run WHERE secret = ? ORDER BY run_secret.run DESC LIMIT ?";
    return this.#prepare(sql)
      .all(secret, limit)
      .map(parse<RunState>);
  }

  put<T extends TableName>(table: T, key: string, row: Tables[T]): void {
    if (table === "run") return this.#putRun(key, row as RunState);
    const sql = `INSERT INTO ${table} (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json`;
    this.#prepare(sql).run(key, JSON.stringify(row));
  }

  delete<T extends TableName>(table: T, key: string): void {
    this.#prepare(`DELETE FROM ${table} WHERE key = ?`).run(key);
    if (table === "run") this.#prepare("DELETE FROM run_secret WHERE run = ?").run(key);
  }

  clear(): void {
    for (const table of TABLE_NAMES) this.#prepare(`DELETE FROM ${table}`).run();
    this.#prepare("DELETE FROM run_secret").run();
  }

  #putRun(key: RunId, run: RunState): void {
    const sql =
      "INSERT INTO run (key, unfinished, json) VALUES (?, ?, ?) " +
      "ON CONFLICT (key) DO UPDATE SET unfinished = excluded.unfinished, json = excluded.json";
    this.#prepare(sql).run(key, isUnfinished(run) ? 1 : 0, JSON.stringify(run));
    for (const { secret } of run.secrets) {
      this.#prepare("INSERT OR IGNORE INTO run_secret (secret, run) VALUES (?, ?)").run(secret, key);
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function parse<T>(row: object): T {
  return JSON.parse((row as { json: string }).json) as T;
}
