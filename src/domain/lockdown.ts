/** What a lockdown does, and whom it asks: its phases, and the ports that its countermeasures implement. */
import type { z } from "zod";
import type { RecordedError } from "./errors.ts";
import type { Connection, Context, Json, TargetContext } from "./ports.ts";
import type { LockdownState } from "./state.ts";
import type { Instant } from "./time.ts";
import type { RunId, SecretName } from "./version.ts";

/** In order; `lift` is the way back. */
export type LockdownPhase =
  "contain" | "disable" | "preserve" | "revoke" | "rotate" | "deny" | "resume" | "notify" | "lift";

/** What became of one subject. */
export interface Outcome {
  /** For people, and the key in the journal: `docker:swarm/container sam.1.x7`. */
  readonly subject: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Null when it is as it should be. */
  readonly error: RecordedError | null;
  readonly facts: Json;
}

export interface ContainmentKind<C = never> {
  readonly kind: string;
  readonly connectionKind?: string;
  readonly schema: z.ZodType<C>;
  /** Sends nothing. */
  connect(config: C, context: ContainmentContext): Containment;
}

export interface ContainmentContext extends Context {
  /** A folder of keyturn's own, for what must be put back; it may not be there yet, and may not be writable. */
  readonly keepDir: string;
}

/** What one entry of `contain` holds still. Nothing here waits for the journal. */
export interface Containment {
  /** The configured connection that it goes through; null when it needs none. */
  readonly connection: string | null;
  /** Ids of consumers (see `Consumer.id`) that it holds still. */
  readonly consumers: readonly string[];
  /** Holds everything still, side by side. Never rejects; harmless when repeated. */
  contain(signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Holds what has begun to run since, but for what was restarted under denial; only those are told. */
  hold(signal: AbortSignal): Promise<readonly Outcome[]>;
  /** What a lockdown would meet today, for people; changes nothing. */
  foresee(signal: AbortSignal): Promise<readonly string[]>;
  /** Starts something of keyturn's own that can be contained in the same way. */
  startCanary(name: string, signal: AbortSignal): Promise<Canary>;
  /** What can be told of what is held still, one list for each subject. */
  evidence(settings: EvidenceSettings, signal: AbortSignal): Promise<readonly (readonly EvidenceSource[])[]>;
  /** Says how the containment is to end; called before `guarded`, `restart` and `settle`. */
  arm(order: RestartOrder): void;
  /** The connection for everyone else meanwhile: who switches what is contained restarts it under denial in one go. */
  guarded(connection: Connection): Connection;
  /** Restarts under denial, or leaves stopped, what no rotation has restarted yet. Never rejects. */
  restart(signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Looks whether everything came up under denial, or is stopped. Never rejects. */
  settle(signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Takes back what `contain` and `restart` changed. */
  readonly lifts: readonly Lift[];
}

/** Something that nobody needs, for a drill. */
export interface Canary {
  readonly containment: Containment;
  remove(signal: AbortSignal): Promise<void>;
}

/** What is to be collected. */
export interface EvidenceSettings {
  readonly image: boolean;
  readonly logs: boolean;
  readonly processes: boolean;
  readonly network: boolean;
  readonly changedFiles: boolean;
}

export interface EvidenceSource {
  /** Becomes part of a file's name. */
  readonly name: string;
  collect(signal: AbortSignal): Promise<Buffer>;
}

/** How what is contained comes back. */
export interface RestartOrder {
  readonly lockdown: RunId;
  readonly resume: "denied" | "contained";
  /** By service. */
  readonly env: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** One thing that can be taken back by itself. */
export interface Lift {
  readonly subject: string;
  /** MUST resolve when it is as it was. Throws `lift-refused` when somebody else changed it meanwhile. */
  lift(of: LockdownState, signal: AbortSignal): Promise<Json>;
}

/** What keeps an identity from signing in. */
export interface DisablingKind<C = never> {
  readonly kind: string;
  readonly connectionKind?: string;
  readonly schema: z.ZodType<C>;
  connect(config: C, context: Context): Disabling;
}

export interface Disabling extends Lift {
  /** MUST resolve when it is so already. Gives what it was before. */
  disable(of: LockdownState, signal: AbortSignal): Promise<Json>;
}

/** What makes the restarted services refuse. */
export interface DenialKind<C = never> {
  readonly kind: string;
  readonly schema: z.ZodType<C>;
  /** The environment that a contained service is restarted with. */
  env?(config: C): { readonly service: string; readonly env: Readonly<Record<string, string>> };
  /** Everything else that denies. */
  connect?(config: C, context: DenialContext): Promise<Denial>;
}

export interface DenialContext extends TargetContext {
  /** A folder of keyturn's own, for what must be put back; it may not be there yet. */
  readonly keepDir: string;
}

export interface Denial extends Lift {
  /** MUST resolve when it denies already. */
  deny(of: LockdownState, signal: AbortSignal): Promise<Json>;
}

/** What was done, but not as well as it should be: countermeasures tell it among their facts. */
export function warningIn(facts: Json): string | null {
  if (typeof facts !== "object" || facts === null || !("warning" in facts)) return null;
  return typeof facts.warning === "string" ? facts.warning : null;
}

/** Whether a containment only found what an earlier one had done. */
export function isHeldAlready(facts: Json): boolean {
  return typeof facts === "object" && facts !== null && "already" in facts && facts.already === true;
}

/** Those that are not lifted. */
export function locksOf(lockdowns: readonly LockdownState[]): readonly LockdownState[] {
  return lockdowns.filter(({ phase }) => phase !== "lifted");
}

/** The lockdown that keeps this secret to itself. */
export function lockOf(lockdowns: readonly LockdownState[], secret: SecretName): LockdownState | undefined {
  return locksOf(lockdowns).find(({ secrets }) => secrets.includes(secret));
}
