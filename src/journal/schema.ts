/** The journal's tables. A change here needs a new `SCHEMA_VERSION`, and a step in `migrations.ts` that makes the same. */

export const SCHEMA_VERSION = 3;

/** "ktrn": lets `file(1)` and a careful reader tell a journal from any other SQLite database. */
export const APPLICATION_ID = 0x6b_74_72_6e;

/**
 * - `entry` is the hash chain: written once, never changed.
 * - `data_key` and `sealed` stand outside it, so that erasing a version leaves the chain whole; the chain holds the
 *   digests. Deleting a data key takes its sealed rows along.
 * - `seal_change` has a row while the seal key is being changed: see `seal-change.ts`.
 * - `secret`, `run`, `sweep` and `lockdown` are folded from the entries and can be thrown away. `run.unfinished` keeps those that
 *   need work apart from the many that are over; `run_secret` finds the runs of one secret.
 * - `policy_projection` is what the configuration said last, for readers that do not load it.
 */
export const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entry (
  seq    INTEGER PRIMARY KEY,
  epoch  INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  type   TEXT NOT NULL,
  record TEXT NOT NULL,
  seals  TEXT NOT NULL,
  hash   TEXT NOT NULL
) STRICT;
CREATE TABLE data_key (
  secret  TEXT NOT NULL,
  version INTEGER NOT NULL,
  nonce   BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (secret, version)
) STRICT;
CREATE TABLE sealed (
  secret  TEXT NOT NULL,
  version INTEGER NOT NULL,
  row     TEXT NOT NULL,
  nonce   BLOB NOT NULL,
  blob    BLOB NOT NULL,
  PRIMARY KEY (secret, version, row),
  FOREIGN KEY (secret, version) REFERENCES data_key ON DELETE CASCADE
) STRICT;
CREATE TABLE seal_change (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  old_id  TEXT NOT NULL,
  nonce   BLOB NOT NULL,
  wrapped BLOB NOT NULL
) STRICT;
CREATE TABLE secret (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
CREATE TABLE sweep (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
CREATE TABLE lockdown (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
CREATE TABLE run (key TEXT PRIMARY KEY, unfinished INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE INDEX run_unfinished ON run (key) WHERE unfinished = 1;
CREATE TABLE run_secret (secret TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (secret, run)) STRICT, WITHOUT ROWID;
CREATE TABLE policy_projection (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  fingerprint TEXT NOT NULL,
  json        TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES ('epoch', 0);
INSERT INTO meta VALUES ('fold_version', 0);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;
