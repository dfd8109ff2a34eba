/** A lockdown of a canary: everything that would be done to a scope, done to something that nobody needs. */
import { rmSync } from "node:fs";
import { recordError, RotationError } from "../domain/errors.ts";
import type { Containment, Outcome } from "../domain/lockdown.ts";
import type { Channel } from "../domain/notice.ts";
import type { Clock } from "../domain/time.ts";
import { settle } from "../run/settle.ts";
import { collectEvidence } from "./evidence/collect.ts";
import { verifyEvidence } from "./evidence/verify.ts";
import type { DrillPhase } from "./drill-phase.ts";
import { drillNotice } from "./notices.ts";
import type { EvidenceSigner, ScopeParts } from "./scope.ts";

export interface DrillOrder {
  readonly parts: ScopeParts;
  readonly channels: readonly Channel[];
  readonly signer: EvidenceSigner;
  /** Where evidence of the canary goes until it has been verified; not there yet. */
  readonly dir: string;
  readonly drill: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Drill {
  readonly scope: string;
  readonly ok: boolean;
  readonly phases: readonly DrillPhase[];
  /** What a lockdown would meet today. */
  readonly warnings: readonly string[];
}

export async function drillScope(order: DrillOrder): Promise<Drill> {
  const { parts, signal, clock } = order;
  const phases = new Phases(clock);
  const warnings: string[] = [];
  for (const each of parts.containments) {
    await phases.time("look", async () => void warnings.push(...(await each.foresee(signal))));
    await drillOn(order, each, phases);
  }
  const told = { scope: parts.scope.name, phases: phases.all, warnings };
  const soFar = { ...told, ok: phases.all.every(({ error }) => error === null) };
  const notice = drillNotice(soFar, order.drill, clock.now());
  for (const channel of order.channels)
    await phases.time(`notify ${channel.name}`, () => channel.send(notice, signal));
  return { ...told, phases: phases.all, ok: phases.all.every(({ error }) => error === null) };
}

async function drillOn(order: DrillOrder, on: Containment, phases: Phases): Promise<void> {
  const { signal, drill } = order;
  const name = `keyturn-drill-${drill}`;
  const canary = await phases.time("canary", () => on.startCanary(name, signal));
  if (canary === null) return;
  try {
    const held = canary.containment;
    await phases.time("contain", async () => refuse(await held.contain(signal)));
    await phases.time("preserve", () => preserved(order, held));
    held.arm({
      lockdown: drill,
      resume: "denied",
      env: new Map([[name, { KEYTURN_DRILL: "denied" }]]),
    });
    await phases.time("restart", async () => refuse(await held.restart(signal)));
    await phases.time("settle", async () => refuse(await held.settle(signal)));
  } finally {
    await phases.time("remove", () => canary.remove(signal));
  }
}

async function preserved(
  { parts, dir, drill, signer, clock, signal }: DrillOrder,
  held: Containment,
): Promise<void> {
  const all = { image: true, logs: true, processes: true, network: true, changedFiles: true };
  const sources = await held.evidence(parts.scope.preserve ?? all, signal);
  const collection = { dir, scope: parts.scope.name, lockdown: drill, sources, signer, clock, signal };
  try {
    refuse([await collectEvidence(collection)]);
    const [fault] = verifyEvidence(dir).faults;
    if (fault !== undefined) throw notWhole(fault);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

class Phases {
  readonly all: DrillPhase[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null when it failed. */
  async time<T>(phase: string, work: () => Promise<T>): Promise<T | null> {
    const startedMs = this.#clock.monotonicMs();
    const done = await settle(work());
    const ms = Math.round(this.#clock.monotonicMs() - startedMs);
    this.all.push({ phase, ms, error: done.ok ? null : recordError(done.error) });
    return done.ok ? done.value : null;
  }
}

function refuse(outcomes: readonly Outcome[]): void {
  for (const { error } of outcomes) {
    if (error === null) continue;
    const { code, message, hint } = error;
    throw new RotationError(code, { kind: "rejected", message, ...(hint === null ? {} : { hint }) });
  }
}

function notWhole(fault: string): RotationError {
  return new RotationError("evidence-incomplete", {
    kind: "rejected",
    message: `the canary's evidence is not whole: ${fault}`,
  });
}
