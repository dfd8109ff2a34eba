/** Changes the seal key, under the lease. What comes after the commit is what every start does with a change it finds. */
import type { Rekeyed } from "../cli/services.ts";
import type { LoadedConfig } from "../config/config.ts";
import { asRotationError, RotationError } from "../domain/errors.ts";
import { systemClock } from "../domain/system-clock.ts";
import { whyNotReplaceable } from "../journal/seal-key-file.ts";
import { loadSealKey, newSealKey, type SealKey } from "../journal/seal-key.ts";
import type { SqliteJournal } from "../journal/sqlite-journal.ts";
import { openAuditSink } from "../sinks/audit/audit-sink.ts";
import { openSealedJournal, type SealedPlace } from "./sealed-journal.ts";
import { takeLease, type LeaseOrder } from "./take-lease.ts";
import type { Environment } from "./wiring.ts";

export interface RekeyOrder extends LeaseOrder {
  readonly config: Pick<LoadedConfig, "stateDir" | "sealKeyFile" | "auditDir">;
  /** Where the new key is; `null` to make one. */
  readonly newKeyFile: string | null;
  readonly actor: string | null;
  readonly env: Environment;
}

export async function rekey(order: RekeyOrder): Promise<Rekeyed> {
  const lease = await takeLease(order);
  try {
    const place = { ...order, epoch: lease.epoch };
    const next = nextKey(order);
    try {
      const started = await start(place, order, next);
      return { ...started, ...(await finish(place, order)) };
    } finally {
      next.wipe();
    }
  } finally {
    lease.release();
  }
}

function nextKey({ config, newKeyFile, env }: RekeyOrder): SealKey {
  const credentials = env["CREDENTIALS_DIRECTORY"];
  if (newKeyFile !== null) return loadSealKey(newKeyFile, credentials);
  const path = config.sealKeyFile;
  // Whether it is a key at all is told before whether it can be replaced.
  loadSealKey(path, credentials).wipe();
  const why = whyNotReplaceable(path, credentials);
  if (why === null) return newSealKey();
  throw new RotationError("usage", {
    kind: "rejected",
    message: `keyturn cannot replace the seal key itself: ${path} ${why}`,
    hint: "Make the new key with `(umask 077; openssl rand -base64 32 > FILE)` and give it with `--new-key FILE`; then put it in place of the old one.",
  });
}

async function start(
  place: SealedPlace,
  { config, actor }: RekeyOrder,
  next: SealKey,
): Promise<Pick<Rekeyed, "from" | "to" | "dataKeys">> {
  const { journal } = openSealedJournal(place);
  try {
    if (next.id === journal.sealKey.id) {
      throw new RotationError("usage", {
        kind: "rejected",
        message: "the new seal key is the one that the journal is sealed with already",
        hint: "Name the file of another key with `--new-key FILE`.",
      });
    }
    // Nothing changes that the audit log could not be told of.
    await tellAudit(config.auditDir, journal);
    const { record } = journal.startRekey({ next, actor, at: systemClock.now() });
    if (record.type !== "rekey-started") throw new TypeError(record.type);
    return { from: record.from, to: record.to, dataKeys: record.dataKeys };
  } finally {
    journal.close();
  }
}

async function finish(
  place: SealedPlace,
  { config }: RekeyOrder,
): Promise<Pick<Rekeyed, "unfinished" | "untold">> {
  const { journal, unfinished } = openSealedJournal(place);
  try {
    await tellAudit(config.auditDir, journal);
    return { unfinished, untold: null };
  } catch (thrown) {
    return { unfinished, untold: asRotationError(thrown) };
  } finally {
    journal.close();
  }
}

async function tellAudit(dir: string, journal: SqliteJournal): Promise<void> {
  const sink = openAuditSink({ dir });
  try {
    await sink.catchUp(journal);
  } finally {
    sink.close();
  }
}
