/**
 * Changes the seal key as `keyturn rekey` does, and says what came of it: `done`, `unfinished CODE` or `E CODE`.
 * Usage: rekey-child.ts STATE KEY-FILE [file-first | unsynced]. Planted faults: `file-first` replaces the key's file before the
 * journal knows of the new key; `unsynced` syncs nothing but the journal.
 */
import fs, { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { rekey } from "../../../src/compose/rekey.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { replaceSealKey } from "../../../src/journal/seal-key-file.ts";
import { loadSealKey, newSealKey } from "../../../src/journal/seal-key.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";

const [stateDir, sealKeyFile, plant] = process.argv.slice(2) as [string, string, string?];

try {
  if (plant === "unsynced") {
    fs.fsyncSync = () => undefined;
    syncBuiltinESMExports();
  }
  if (plant === "file-first") rekeyFileFirst();
  else await rekeyAsItIs();
} catch (thrown) {
  say(`E ${thrown instanceof RotationError ? thrown.code : `unexpected ${String(thrown)}`}`);
}

async function rekeyAsItIs(): Promise<void> {
  const { unfinished } = await rekey({
    config: { stateDir, sealKeyFile, auditDir: `${stateDir}/audit` },
    newKeyFile: null,
    actor: null,
    env: {},
    wait: false,
    signal: new AbortController().signal,
  });
  say(unfinished === null ? "done" : `unfinished ${unfinished.code}`);
}

function rekeyFileFirst(): void {
  const next = newSealKey();
  const journal = openJournal({ dir: stateDir, sealKey: loadSealKey(sealKeyFile) });
  replaceSealKey(sealKeyFile, next);
  const { record } = journal.startRekey({ next, actor: null, at: 0 });
  journal.close();
  say(record.type);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
