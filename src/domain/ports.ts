/**
 * What the core asks of the outside world. Implementations are the leaves (`issuers targets reloads probes sinks`).
 * Every method takes an AbortSignal and MUST settle soon after it aborts; every failure MUST be a `RotationError`,
 * whose `kind` tells the runner what it may do next. No message, hint or cause may contain secret material.
 */
import type { z } from "zod";
import type { Inspect } from "./check.ts";
import type { Baseline, Change, Evidence, Sightings } from "./consumer-state.ts";
import type { DiscoveryOrder, FoundIssuer, FoundTarget } from "./discovery.ts";
import type { Entry, JournalRecord } from "./journal-record.ts";
import type { Material, PartName } from "./material.ts";
import type { Offer } from "./offer.ts";
import type { Tables } from "./state.ts";
import type { Clock, Instant } from "./time.ts";
import type {
  Created,
  CredentialRef,
  Issued,
  Marker,
  SecretName,
  VersionNumber,
  VersionRef,
} from "./version.ts";

export type { Baseline, BaselineItem, Change, Evidence, Held, Sightings } from "./consumer-state.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a leaf may use when it is connected. */
export interface Context {
  readonly clock: Clock;
  /** For `${VAR}` in the paths of the configuration, and for the few variables that a program which is run inherits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looks up a configured connection's client; throws `config-invalid` when there is none of that name and kind. */
  connection<T>(kind: string, name: string): T;
}

/** A client of an outside system. Connecting sends nothing: the first call does. */
export interface ConnectionKind<C = never> {
  readonly kind: string;
  readonly schema: z.ZodType<C>;
  connect(config: C, options: ConnectionOptions): Promise<Connection>;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  /** For `${VAR}` in the paths of the configuration. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Connection {
  /** For `doctor`. So for every port below. */
  readonly inspect?: Inspect;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- issuers

export interface IssuerKind<C = never> {
  /** The word in the configuration, and the file's name. */
  readonly kind: string;
  /** The kind that the configuration's `connection` must be of; not given when there is no such key. */
  readonly connectionKind?: string;
  /** `supplied`: we choose the material and seal it before the effect. `issued`: the far side shows it once. */
  readonly material: "supplied" | "issued";
  /** `false`: verify cannot prove anything by itself (a random value), so a probe is required. */
  readonly authenticates: boolean;
  readonly schema: z.ZodType<C>;
  /** `none`: the old credential dies with the new one's birth; refused unless the policy says `allowGap`. */
  overlap(config: C): "dual" | "none";
  /** Given when a person is the issuer: each value comes with its request, and is revoked where keyturn cannot reach. */
  byHand?(config: C): ByHand;
  /** The parts of its material, where they are always the same: templates are held against them. */
  readonly parts?: readonly PartName[];
  /** Others make its versions and leave them to be taken over: `offered` tells when one is there. */
  readonly offers?: boolean;
  /** Ids of credentials that others made and the configuration gives into keyturn's hands; none when not given. */
  adopts?(config: C): readonly string[];
  connect(config: C, secret: SecretName, context: Context): Promise<Issuer>;
  /** What a connection of `connectionKind` leads to that could be an issuer of this kind. Reads only. */
  discover?(order: DiscoveryOrder<C>, signal: AbortSignal): Promise<readonly FoundIssuer[]>;
}

/** What a person who makes and revokes credentials is told. */
export interface ByHand {
  readonly instructions: string | null;
  /** Where it is done. */
  readonly url: string | null;
  /** Making a new value has ended the one before: there is nothing left to revoke. */
  readonly endsPrevious: boolean;
}

export interface CreateOrder {
  readonly marker: Marker;
  /** Given when the kind's material is `supplied`; sealed in the journal before this call. */
  readonly material?: Material;
  /** The expiry asked for; an issuer without expiry ignores it. */
  readonly notAfter?: Instant;
}

/** A live credential as the issuer lists it; `marker` is null when it does not carry one of keyturn's. */
export interface Listed extends CredentialRef {
  readonly createdAt: Instant | null;
  readonly notAfter: Instant | null;
  readonly label: string | null;
}

/** How a credential is revoked. */
export interface RevokeManner {
  /** Whoever signed in with it before is cut off, where the far side keeps sessions at all; asked of what may be known to others. */
  readonly endSessions?: boolean;
}

export interface Issuer {
  /** Chooses new material; present exactly when the kind's material is `supplied` and not given by hand. May read, changes nothing. */
  generate?(signal: AbortSignal): Promise<Material>;
  /** MUST NOT repeat itself blindly: a lost answer is `outcome-unknown`, and the runner decides. */
  create(order: CreateOrder, signal: AbortSignal): Promise<Issued>;
  /** Every credential that carries exactly this marker; empty when none is seen. Reads may lag. */
  find(marker: Marker, signal: AbortSignal): Promise<readonly CredentialRef[]>;
  /** Every live credential, ours or foreign. */
  list(signal: AbortSignal): Promise<readonly Listed[]>;
  /** Present exactly when the kind `offers`: whether another credential than the current one waits. Reads only. */
  offered?(current: CredentialRef | null, signal: AbortSignal): Promise<Offer>;
  /**
   * Authenticates once with the version. MUST be able to fail; a refusal while it may still settle is `not-settled`.
   * `replaced` is the material of the version before, where it is one of ours.
   */
  verify(version: Created, signal: AbortSignal, replaced?: Material): Promise<void>;
  /** MUST resolve when it is already gone. */
  revoke(ref: CredentialRef, signal: AbortSignal, manner?: RevokeManner): Promise<void>;
  readonly inspect?: Inspect;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- targets

export type StoreId = string;
/** `<kind>:<connection>/<name>`, for example `docker-service:swarm/sam-enterprise`. */
export type ConsumerId = string;

export interface TargetKind<C = never> {
  readonly kind: string;
  /** The kind that the configuration's `connection` must be of; not given when there is no such key. */
  readonly connectionKind?: string;
  readonly schema: z.ZodType<C>;
  /** The id that the connected store will have, told without connecting: asked of every secret whenever a worker comes by. */
  storeId(config: C, env: Context["env"]): StoreId;
  connect(config: C, secret: SecretName, context: TargetContext): Promise<Target>;
  /** What a connection of `connectionKind` leads to that could be a target of this kind. Reads only. */
  discover?(order: DiscoveryOrder<C>, signal: AbortSignal): Promise<readonly FoundTarget[]>;
}

export interface TargetContext extends Context {
  /** Builds the reload that a target's configuration names. */
  reload(config: unknown): Promise<Reload>;
}

/** A store and those who read from it. */
export interface Target {
  readonly store: Store;
  /** Read afresh at every call. Consumers with equal ids are joined by the caller. */
  consumers(signal: AbortSignal): Promise<readonly Consumer[]>;
  /** Files on this machine that consumers read and that a rotation replaces; absolute. */
  readonly files?: readonly string[];
  /** Of the store and its consumers; reloads and probes answer for themselves. */
  readonly inspect?: Inspect;
  /** What its consumers hold now that keyturn did not put there, as material, where it can be read back at all. */
  held?(signal: AbortSignal): Promise<readonly Material[]>;
  close(): Promise<void>;
}

export interface Store {
  readonly id: StoreId;
  /** The highest version number that is in use here under this name, ours or foreign; 0 when none is. */
  highest(signal: AbortSignal): Promise<VersionNumber>;
  /** Keeps a dormant copy. MUST resolve when that very version is already there; undone by `withdraw`. */
  deliver(version: Created, signal: AbortSignal): Promise<void>;
  /** MUST resolve when it is already gone. Removes nothing but that version's copy. */
  withdraw(ref: VersionRef, signal: AbortSignal): Promise<void>;
  /** Removes copies of this journal's versions that are not in `keep` and that nothing uses; counts what must wait. */
  prune(keep: readonly VersionRef[], known: readonly VersionRef[], signal: AbortSignal): Promise<Pruned>;
}

export interface Pruned {
  readonly removed: number;
  /** Copies that should go but are still referenced; a later worker looks again. */
  readonly left: number;
}

export interface Consumer {
  readonly id: ConsumerId;
  /** What a switch of this consumer costs, for the plan. */
  readonly restarts: number;
  /** Tasks that run now, where it has any: a process behind a file has none. */
  readonly tasks?: number | undefined;
  /** Names every secret this consumer is bound to (after `join`). */
  readonly secrets: readonly SecretName[];
  /** Merges a consumer of equal id from another target, so that several secrets switch in one restart. */
  join(other: Consumer): Consumer;
  current(signal: AbortSignal): Promise<Baseline>;
  /** What probes of this secret see now, so that a revert can be held against it. */
  sight?(secret: SecretName, signal: AbortSignal): Promise<Sightings>;
  /** Switches to `to` for each change in one go, and reloads. MUST resolve when already so. */
  activate(changes: readonly Change[], signal: AbortSignal): Promise<void>;
  /** Restores only the named secrets. MUST resolve only when every replica is seen back. */
  revert(to: Baseline, only: readonly SecretName[], signal: AbortSignal): Promise<void>;
  /** Resolves when every replica is seen to use the changes' versions. MUST be able to fail. */
  confirm(changes: readonly Change[], signal: AbortSignal): Promise<Evidence>;
}

// ---------------------------------------------------------------- reloads and probes

export interface ReloadKind<C = never> {
  readonly kind: string;
  /** The kind that the configuration's `connection` must be of; not given when there is no such key. */
  readonly connectionKind?: string;
  readonly schema: z.ZodType<C>;
  connect(config: C, context: Context): Promise<Reload>;
}

/** Makes a process read its files again. */
export interface Reload {
  /** Equal ids mean the same process and the same way: done once for many files. */
  readonly id: string;
  reload(signal: AbortSignal): Promise<void>;
  readonly inspect?: Inspect;
}

export interface ProbeKind<C = never> {
  readonly kind: string;
  /** The kind that the configuration's `connection` must be of; not given when there is no such key. */
  readonly connectionKind?: string;
  readonly schema: z.ZodType<C>;
  connect(config: C, context: Context): Promise<Probe>;
}

/** Proves that something works, polling within the configured time. */
export interface Probe {
  readonly id: string;
  /** `in-use` when the answer named the very version, else `probed`. MUST be able to fail. */
  probe(version: VersionRef, signal: AbortSignal, credential?: CredentialRef): Promise<"probed" | "in-use">;
  /** What is there now, whatever it is; null when nothing can be seen. Given together with `seenAgain`. */
  sight?(signal: AbortSignal): Promise<Json>;
  /** Resolves once the same is there again. */
  seenAgain?(sighting: Json, signal: AbortSignal): Promise<void>;
  readonly inspect?: Inspect;
}

// ---------------------------------------------------------------- journal and sinks

/** Material to seal in the same transaction as a record. */
export interface SealOrder {
  readonly secret: SecretName;
  readonly version: VersionNumber;
  /** `material`, or `baseline:<consumer id>` for content found before us. */
  readonly row: string;
  readonly material: Material;
}

/** An append-only record of all that was intended and done. Bound to the epoch of the lease it was opened under. */
export interface Journal {
  /**
   * Resolves once the entry is durable, projections included. `lease-lost` when a later epoch exists.
   * A failed commit may still be durable: implementations MUST re-read before they answer.
   */
  append(record: JournalRecord, seal?: readonly SealOrder[]): Promise<Entry>;
  read(from?: number): AsyncIterable<Entry>;
  /** Entries of one kind, newest first, read one by one as they are asked for. */
  newest(type: JournalRecord["type"]): Iterable<Entry>;
  readonly tables: TableReader;
  /** Opens sealed material; throws `sealed-erased` when it was erased. */
  unseal(secret: SecretName, version: VersionNumber, row: string): Material;
}

/** Rows folded from the journal, by table and key; values are plain JSON. */
export interface TableReader {
  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined;
  all<T extends keyof Tables>(table: T): readonly Tables[T][];
  /** Runs that are not over, and nothing else, without reading those that are. */
  openRuns(): readonly Tables["run"][];
  /** What is under sweep for one secret, without reading the others'. */
  sweepsOf(secret: SecretName): readonly Tables["sweep"][];
}

/** Follows the journal. A gating sink has an intent on its medium before the intent's effect may start. */
export interface Sink {
  readonly kind: string;
  readonly gating: boolean;
  observe(entry: Entry): Promise<void>;
}
