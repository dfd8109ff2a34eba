/**
 * How the tables of an older keyturn become today's, one step for each schema version. A step never changes an entry: the
 * hash chain is over its text. Folded rows need no step, since every one is folded anew afterwards.
 */
export interface Migration {
  /** The schema version that it makes of the one before. */
  readonly to: number;
  readonly sql: string;
}

/**
 * - 2: `seal_change`, so that the seal key can be changed while its file still holds the old one; `fold_version`, so that
 *   rows which older code folded are known.
 * - 3: `lockdown`.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    to: 2,
    sql: `
CREATE TABLE seal_change (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  old_id  TEXT NOT NULL,
  nonce   BLOB NOT NULL,
  wrapped BLOB NOT NULL
) STRICT;
INSERT INTO meta VALUES ('fold_version', 0);
`,
  },
  { to: 3, sql: "CREATE TABLE lockdown (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;" },
];
