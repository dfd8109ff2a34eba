/** One worker, from the lease to the last flushed entry. */
import type { LoadedConfig } from "../config/config.ts";
import { RotationError, asRotationError, recordError } from "../domain/errors.ts";
import type { Journal, Sink } from "../domain/ports.ts";
import { systemClock } from "../domain/system-clock.ts";
import type { SqliteJournal } from "../journal/sqlite-journal.ts";
import { Worker } from "../run/worker.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";
import { openAuditSink } from "../sinks/audit/audit-sink.ts";
import { kinds } from "./kinds.ts";
import { projectionKey } from "./projection-key.ts";
import { checkRoom } from "./room.ts";
import { newRunId } from "./run-id.ts";
import { openSealedJournal } from "./sealed-journal.ts";
import { secretPolicy } from "./secret-policies.ts";
import { shutGate } from "./shut-gate.ts";
import { takeLease, type LeaseOrder } from "./take-lease.ts";
import { ConfiguredWiring, type Environment } from "./wiring.ts";

export interface WorkOrder extends LeaseOrder {
  readonly config: LoadedConfig;
  readonly request: WorkRequest;
  /** Told of every entry after the audit log has it. */
  readonly observers: readonly Sink[];
  readonly env: Environment;
}

export async function work(order: WorkOrder): Promise<WorkResult> {
  const lease = await takeLease(order);
  try {
    const { journal, unfinished } = openSealedJournal({ ...order, epoch: lease.epoch });
    try {
      const result = await workOn(journal, order);
      return unfinished === null
        ? result
        : { ...result, alerts: [recordError(unfinished), ...result.alerts] };
    } finally {
      journal.close();
    }
  } finally {
    lease.release();
  }
}

async function workOn(journal: SqliteJournal, order: WorkOrder): Promise<WorkResult> {
  const { config, env, signal } = order;
  journal.writePolicies(
    projectionKey(config.fingerprint),
    config.secrets.map((secret) => secretPolicy(secret, kinds, env)),
  );
  const gate = await openGate(config.auditDir, journal);
  const wiring = new ConfiguredWiring(config, kinds, systemClock, env);
  try {
    const worker = new Worker({
      journal,
      sinks: [gate.sink, ...order.observers],
      wiring,
      clock: systemClock,
      newRunId: () => newRunId(systemClock.now()),
      checkRoom: () => gate.check([config.stateDir, config.auditDir]),
      signal,
    });
    return await worker.work(order.request);
  } finally {
    await wiring.close();
    gate.close();
  }
}

interface Gate {
  readonly sink: Sink;
  check(dirs: readonly string[]): Promise<void>;
  close(): void;
}

/** An audit log that cannot be opened must not keep a crashed run from being undone: then the gate is shut instead. */
async function openGate(dir: string, journal: Journal): Promise<Gate> {
  try {
    const sink = openAuditSink({ dir });
    await sink.catchUp(journal);
    return { sink, check: checkRoom, close: () => sink.close() };
  } catch (thrown) {
    const error = asRotationError(thrown);
    if (!(thrown instanceof RotationError) || error.code !== "audit-unavailable") throw thrown;
    return { sink: shutGate(error), check: () => Promise.reject(error), close: () => undefined };
  }
}
