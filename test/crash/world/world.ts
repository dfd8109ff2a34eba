/** The outside: an issuer whose reads lag, stores, services that use versions. It keeps the truth and watches the invariants. */
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import type { BaselineItem, Change, Evidence, Held, Json } from "../../../src/domain/ports.ts";
import type { Created, CredentialRef, Issued, VersionRef } from "../../../src/domain/version.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface Credential {
  readonly id: string;
  readonly secret: string;
  readonly marker: string | null;
  readonly value: string;
  readonly createdAt: number;
  /** Reads do not show it before, and still show it for a while after it is gone. */
  readonly visibleAt: number;
  /** It authenticates from here on. */
  readonly worksAt: number;
  revokedAt: number | null;
}

/** What a service holds for one secret: a version's copy, or what was there before. */
type Use = { readonly ref: VersionRef; readonly value: string } | { readonly foreign: string } | null;

export interface Service {
  readonly id: string;
  readonly uses: Map<string, Use>;
  restarts: number;
  /** Bumped by every accepted change: a stale call is refused. */
  version: number;
}

export interface WorldOptions {
  /** Services by id, with the secrets that each of them uses. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  readonly readLagMs?: number;
  readonly settleMs?: number;
  /** Live credentials that the issuer allows per secret. */
  readonly limit?: number;
  /** Secrets whose material we choose. */
  readonly supplied?: readonly string[];
  /** Answers that are always given, whatever the process does: by method and subject. */
  readonly broken?: Readonly<Record<string, "rejected" | "transient">>;
}

export class World {
  readonly clock: VirtualClock;
  readonly options: WorldOptions;
  readonly credentials: Credential[] = [];
  readonly copies = new Map<string, Created>();
  readonly services = new Map<string, Service>();
  readonly violations: string[] = [];
  /** Says whether an attempt is open whose effect this mutation could be. */
  accountable: () => boolean = () => true;
  #next = 0;
  #late: { at: number; call: () => void }[] = [];

  constructor(clock: VirtualClock, options: WorldOptions) {
    this.clock = clock;
    this.options = options;
    for (const [id, secrets] of Object.entries(options.services)) {
      const uses = new Map<string, Use>(secrets.map((secret) => [secret, { foreign: `old-${secret}` }]));
      this.services.set(id, { id, uses, restarts: 0, version: 1 });
    }
    this.#seedForeign();
  }

  /** Somebody else's credential of each secret: it must outlive everything. */
  #seedForeign(): void {
    for (const secret of new Set(Object.values(this.options.services).flat())) {
      this.credentials.push({ ...this.#blank(secret, null, `old-${secret}`), visibleAt: 0, worksAt: 0, createdAt: 0 });
    }
  }

  #blank(secret: string, marker: string | null, value: string): Credential {
    const now = this.clock.now();
    const { readLagMs = 0, settleMs = 0 } = this.options;
    const id = `key-${(this.#next += 1)}`;
    return { id, secret, marker, value, createdAt: now, visibleAt: now + readLagMs, worksAt: now + settleMs, revokedAt: null };
  }

  // ---- time: what was sent by a dead process can still land

  landLater(call: () => void): void {
    this.#late.push({ at: this.clock.now() + 20_000, call });
  }

  landDue(): void {
    const due = this.#late.filter((each) => each.at <= this.clock.now());
    this.#late = this.#late.filter((each) => each.at > this.clock.now());
    // The intent of what lands now was journaled by a process that is gone.
    const accountable = this.accountable;
    this.accountable = () => true;
    for (const each of due) each.call();
    this.accountable = accountable;
  }

  get landing(): number {
    return this.#late.length;
  }

  // ---- issuer

  create(secret: string, marker: string, supplied: string | null): Issued {
    this.#mutates(`create ${marker}`);
    const live = this.credentials.filter((each) => each.secret === secret && each.revokedAt === null && each.marker !== null);
    if (this.options.limit !== undefined && live.length >= this.options.limit) {
      throw new RotationError("too-many-credentials", { kind: "rejected", message: "full" });
    }
    const credential = this.#blank(secret, marker, supplied ?? `value-${this.#next}-${marker}`);
    this.credentials.push(credential);
    const material = { value: SecretValue.fromText(credential.value) };
    return { credential: { id: credential.id, marker }, material, createdAt: credential.createdAt, notAfter: null };
  }

  find(marker: string): readonly CredentialRef[] {
    const now = this.clock.now();
    const { readLagMs = 0 } = this.options;
    return this.credentials
      .filter((each) => each.marker === marker && each.visibleAt <= now)
      .filter((each) => each.revokedAt === null || each.revokedAt + readLagMs > now)
      .map(({ id }) => ({ id, marker }));
  }

  authenticate(value: string): void {
    if (!this.works(value)) throw new RotationError("credential-refused", { kind: "rejected", message: "refused" });
  }

  works(value: string): boolean {
    const found = this.credentials.find((each) => each.value === value);
    return found !== undefined && found.revokedAt === null && found.worksAt <= this.clock.now();
  }

  revoke(id: string): void {
    this.#mutates(`revoke ${id}`);
    const found = this.credentials.find((each) => each.id === id);
    if (found === undefined || found.revokedAt !== null) return;
    // A far side that does not see it yet answers "gone", and it lives on.
    if (found.visibleAt > this.clock.now()) return;
    found.revokedAt = this.clock.now();
    if (found.marker === null) this.violations.push(`foreign credential ${id} was revoked`);
    this.check(`revoke ${id}`);
  }

  // ---- stores

  deliver(version: Created): void {
    this.#mutates(`deliver ${version.ref.secret}`);
    const key = `${version.ref.secret}_v${version.ref.version}`;
    const found = this.copies.get(key);
    if (found !== undefined && found.ref.marker !== version.ref.marker) {
      throw new RotationError("store-conflict", { kind: "rejected", message: `${key} is there already` });
    }
    this.copies.set(key, version);
  }

  withdraw(ref: VersionRef): void {
    this.#mutates(`withdraw ${ref.secret}`);
    const key = `${ref.secret}_v${ref.version}`;
    if (this.copies.get(key)?.ref.marker !== ref.marker) return;
    if ([...this.services.values()].some((each) => marks(each.uses.get(ref.secret), ref.marker))) {
      throw new RotationError("store-conflict", { kind: "rejected", message: `${key} is in use` });
    }
    this.copies.delete(key);
  }

  highest(secret: string): number {
    const numbers = [...this.copies.values()].filter((each) => each.ref.secret === secret).map((each) => each.ref.version);
    return Math.max(0, ...numbers);
  }

  prune(secret: string, keep: readonly VersionRef[], known: readonly VersionRef[]): number {
    this.#mutates(`prune ${secret}`);
    let removed = 0;
    for (const ref of known.filter((each) => !keep.some((kept) => kept.marker === each.marker))) {
      const key = `${ref.secret}_v${ref.version}`;
      if (this.copies.get(key)?.ref.marker !== ref.marker) continue;
      if ([...this.services.values()].some((each) => marks(each.uses.get(secret), ref.marker))) continue;
      this.copies.delete(key);
      removed += 1;
    }
    return removed;
  }

  // ---- consumers

  current(id: string): readonly BaselineItem[] {
    return [...this.#service(id).uses].map(([secret, use]) => ({ secret, held: heldOf(use), restore: restoreOf(use) }));
  }

  /** `seen` is the service version that the caller read: a stale call is refused. */
  activate(id: string, changes: readonly Change[], seen: number): void {
    this.#mutates(`activate ${id}`);
    const service = this.#fenced(id, seen);
    const pending = changes.filter((change) => !marks(service.uses.get(change.secret), change.to.marker));
    if (pending.length === 0) return;
    for (const { secret, to } of pending) {
      const copy = this.copies.get(`${secret}_v${to.version}`);
      if (copy === undefined) throw new RotationError("not-in-use", { kind: "rejected", message: "no such copy" });
      service.uses.set(secret, { ref: copy.ref, value: copy.material["value"]?.reveal((text) => text) ?? "" });
    }
    service.version += 1;
    service.restarts += 1;
    this.check(`activate ${id}`);
  }

  revert(id: string, items: readonly BaselineItem[], seen: number): void {
    this.#mutates(`revert ${id}`);
    const service = this.#fenced(id, seen);
    for (const item of items) service.uses.set(item.secret, this.#useOf(item));
    service.version += 1;
    this.check(`revert ${id}`);
  }

  confirm(id: string, changes: readonly Change[]): Evidence {
    const service = this.#service(id);
    for (const { secret, to } of changes) {
      if (!marks(service.uses.get(secret), to.marker)) {
        throw new RotationError("not-in-use", { kind: "rejected", message: `${id} does not use ${secret} v${to.version}` });
      }
    }
    return "converged";
  }

  /** Swarm goes back by itself: the service uses what it used before. */
  rollBackBySwarm(id: string, secret: string, use: Use): void {
    const service = this.#service(id);
    service.uses.set(secret, use);
    service.version += 1;
  }

  versionOf(id: string): number {
    return this.#service(id).version;
  }

  #service(id: string): Service {
    const service = this.services.get(id);
    if (service !== undefined) return service;
    throw new RotationError("service-not-found", { kind: "rejected", message: `no service ${id}` });
  }

  #fenced(id: string, seen: number): Service {
    const service = this.#service(id);
    if (service.version === seen) return service;
    throw new RotationError("store-conflict", { kind: "transient", message: "update out of sequence" });
  }

  #useOf(item: BaselineItem): Use {
    if (item.held.kind === "absent") return null;
    if (item.held.kind === "foreign") return { foreign: item.held.description };
    const restore = item.restore as { value: string };
    return { ref: item.held.ref, value: restore.value };
  }

  // ---- invariants

  #mutates(what: string): void {
    if (!this.accountable()) this.violations.push(`I3: ${what} without an open intent`);
  }

  /** I1: what every consumer holds authenticates now. */
  check(after: string): void {
    for (const service of this.services.values()) {
      for (const [secret, use] of service.uses) {
        const value = use === null ? null : "foreign" in use ? use.foreign : use.value;
        if (value !== null && !this.works(value)) {
          this.violations.push(`I1: after ${after}, ${service.id} holds a ${secret} that does not authenticate`);
        }
      }
    }
  }

  live(): readonly Credential[] {
    return this.credentials.filter((each) => each.marker !== null && each.revokedAt === null);
  }
}

function marks(use: Use | undefined, marker: string): boolean {
  return use != null && "ref" in use && use.ref.marker === marker;
}

function heldOf(use: Use): Held {
  if (use === null) return { kind: "absent" };
  return "foreign" in use ? { kind: "foreign", description: use.foreign } : { kind: "version", ref: use.ref };
}

function restoreOf(use: Use): Json {
  return use !== null && "ref" in use ? { value: use.value } : null;
}
