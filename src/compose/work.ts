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
import { keepReserve } from "./lockdown/reserve.ts";
import { projectionKey } from "./projection-key.ts";
import { checkRoom } from "./room.ts";
import { newRunId } from "./run-id.ts";
import { openSealedJournal } from "./sealed-journal.ts";
import { configuredScans } from "./scans.ts";
import { secretPolicy } from "./secret-policies.ts";
import { shutGate } from "./shut-gate.ts";
import { takeLease, type LeaseOrder } from "./take-lease.ts";
import { ConfiguredWiring, type Environment } from "./wiring.ts";

export interface WorkOrder extends LeaseOrder {
  readonly config: LoadedConfig;
  /** Wait for the lease instead of being refused at once. */
  readonly wait: boolean;
  /** Told of every entry after the audit log has it. */
  readonly observers: readonly Sink[];
  readonly env: Environment;
  /** When calls under way are to be left; with `signal` when it is not given. */
  readonly cut?: AbortSignal;
}

export async function work({
  request,
  ...order
}: WorkOrder & { readonly request: WorkRequest }): Promise<WorkResult> {
  const workplace = await openWorkplace(order);
  const { unfinished } = workplace;
  try {
    const result = await workplace.worker.work(request);
    return unfinished === null ? result : { ...result, alerts: [recordError(unfinished), ...result.alerts] };
  } finally {
    await workplace.close();
  }
}

/** A worker with everything that it holds while it lives: lease, journal, audit log, connections. */
export interface Workplace {
  readonly worker: Worker;
  /** Why a change of the seal key is not finished; null when none is under way. */
  readonly unfinished: RotationError | null;
  close(): Promise<void>;
}

export async function openWorkplace(order: WorkOrder): Promise<Workplace> {
  const undo = new AsyncDisposableStack();
  try {
    const lease = await takeLease(order);
    undo.defer(() => lease.release());
    const { journal, unfinished } = openSealedJournal({ ...order, epoch: lease.epoch });
    undo.defer(() => journal.close());
    const worker = await openWorker(journal, order, undo);
    return { worker, unfinished, close: () => undo.disposeAsync() };
  } catch (thrown) {
    await undo.disposeAsync();
    throw thrown;
  }
}

async function openWorker(
  journal: SqliteJournal,
  { config, env, signal, cut = signal, observers }: WorkOrder,
  undo: AsyncDisposableStack,
): Promise<Worker> {
  journal.writePolicies(
    projectionKey(config.fingerprint),
    config.secrets.map((secret) => secretPolicy(secret, kinds, env)),
  );
  keepReserve(config);
  const gate = await openGate(config.auditDir, journal);
  undo.defer(() => gate.close());
  const wiring = new ConfiguredWiring(config, kinds, systemClock, env);
  undo.defer(() => wiring.close());
  return new Worker({
    journal,
    sinks: [gate.sink, ...observers],
    wiring,
    scans: configuredScans(config, env, () => systemClock.now()),
    clock: systemClock,
    newRunId: () => newRunId(systemClock.now()),
    checkRoom: () => gate.check([config.stateDir, config.auditDir]),
    signal,
    cut,
  });
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
