/** The consumers' side of the world: services, what their specs name and what their tasks run with. */
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import type { BaselineItem, Change, Evidence, Held } from "../../../src/domain/ports.ts";
import type { Created, VersionRef } from "../../../src/domain/version.ts";
import type { Ground } from "./options.ts";

/** What a service holds for one secret: a version's copy, or what was there before. */
export type Use = { readonly ref: VersionRef; readonly value: string } | { readonly foreign: string } | null;

export interface Service {
  readonly id: string;
  /** By secret: what the spec names. */
  readonly uses: Map<string, Use>;
  /** By secret: what the tasks really run with. */
  readonly runs: Map<string, Use>;
  /** Restarts that a switch cost. */
  restarts: number;
  /** Somebody else changed it: it may be anywhere. */
  meddled: boolean;
  /** Bumped by every accepted change: a stale call is refused. */
  version: number;
}

export class ConsumerSide {
  readonly services = new Map<string, Service>();
  readonly #ground: Ground;
  readonly #read: (ref: VersionRef, service: string) => Created;

  constructor(ground: Ground, read: (ref: VersionRef, service: string) => Created) {
    this.#ground = ground;
    this.#read = read;
    for (const [id, secrets] of Object.entries(ground.options().services)) {
      this.add(id, new Map(secrets.map((secret) => [secret, { foreign: `old-${secret}` }])));
    }
  }

  add(id: string, uses: ReadonlyMap<string, Use>): void {
    this.services.set(id, {
      id,
      uses: new Map(uses),
      runs: new Map(uses),
      restarts: 0,
      meddled: false,
      version: 1,
    });
  }

  using(secret: string): readonly Service[] {
    return [...this.services.values()].filter((service) => service.uses.has(secret));
  }

  isUsed(ref: VersionRef, isReader: (service: string) => boolean): boolean {
    return [...this.services.values()].some(
      ({ id, uses, runs }) =>
        isReader(id) && (marks(uses.get(ref.secret), ref.marker) || marks(runs.get(ref.secret), ref.marker)),
    );
  }

  current(id: string): readonly BaselineItem[] {
    return [...this.get(id).uses].map(([secret, use]) => {
      const item = { secret, held: heldOf(use), restore: null };
      if (use === null) return item;
      if ("foreign" in use) return { ...item, content: { value: SecretValue.fromText(use.foreign) } };
      return { ...item, restore: { value: use.value } };
    });
  }

  /** `seen` is the service version that the caller read: a stale call is refused. */
  activate(id: string, changes: readonly Change[], seen: number): void {
    this.#ground.mutates(["do activate"], id);
    const service = this.#fenced(id, seen);
    const pending = changes.filter((change) => !marks(service.uses.get(change.secret), change.to.marker));
    if (pending.length === 0) return;
    const copies = pending.map(({ to }) => this.#read(to, id));
    const stuck = this.#ground.options().stuck?.includes(id) === true;
    for (const { ref, material } of copies) {
      const use = { ref, value: material["value"]?.reveal((text) => text) ?? "" };
      service.uses.set(ref.secret, use);
      if (!stuck) service.runs.set(ref.secret, use);
    }
    service.version += 1;
    service.restarts += 1;
    this.#ground.check(`activate ${id}`);
  }

  revert(id: string, items: readonly BaselineItem[], seen: number): void {
    // What was there before keyturn has no copy to activate, so a rollback to it reverts.
    this.#ground.mutates(["undo activate", "do activate"], id);
    this.#fenced(id, seen);
    for (const item of items) this.#use(id, item.secret, useOf(item));
    this.#ground.check(`revert ${id}`);
  }

  confirm(id: string, changes: readonly Change[]): Evidence {
    for (const { secret, to } of changes) {
      if (marks(this.get(id).runs.get(secret), to.marker)) continue;
      throw new RotationError("not-in-use", {
        kind: "rejected",
        message: `${id} does not use ${secret} v${to.version}`,
      });
    }
    return "converged";
  }

  /** Somebody else makes a service use this, which costs it a restart that is not ours. */
  meddle(id: string, secret: string, use: Use): void {
    const service = this.get(id);
    service.meddled = true;
    if (service.restarts > 0) service.restarts -= 1;
    this.#use(id, secret, use);
  }

  #use(id: string, secret: string, use: Use): void {
    const service = this.get(id);
    service.uses.set(secret, use);
    service.runs.set(secret, use);
    service.version += 1;
  }

  get(id: string): Service {
    const service = this.services.get(id);
    if (service !== undefined) return service;
    throw new RotationError("service-not-found", { kind: "rejected", message: `no service ${id}` });
  }

  #fenced(id: string, seen: number): Service {
    const service = this.get(id);
    if (service.version === seen) return service;
    throw new RotationError("write-conflict", { kind: "transient", message: "update out of sequence" });
  }
}

export function marks(use: Use | undefined, marker: string): boolean {
  return use != null && "ref" in use && use.ref.marker === marker;
}

function heldOf(use: Use): Held {
  if (use === null) return { kind: "absent" };
  return "foreign" in use
    ? { kind: "foreign", description: "put there by hand" }
    : { kind: "version", ref: use.ref };
}

function useOf({ held, restore, content }: BaselineItem): Use {
  if (held.kind === "absent") return null;
  if (held.kind === "version") return { ref: held.ref, value: (restore as { value: string }).value };
  const found = content?.["value"]?.reveal((text) => text);
  if (found === undefined)
    throw new RotationError("internal", { kind: "invariant", message: "nothing to restore" });
  return { foreign: found };
}
