/**
 * A swarm service that mounts Docker secrets and configs. Those of several targets are bound to one consumer, and switch in
 * one update of the service: one restart.
 */
import { awaitConvergence } from "./await-convergence.ts";
import { changeService, type ServiceChange } from "./change-service.ts";
import { judge, type Verdict } from "./convergence.ts";
import { copyName, copyRef, sameVersion } from "./copy.ts";
import {
  holds,
  idOf,
  mountedAt,
  nameOf,
  referenceTo,
  shelfOf,
  type Mount,
  type Reference,
  type Wanted,
} from "./references.ts";
import type { Service, SwarmObject } from "../../connections/docker/engine-api.ts";
import { NOUN, serviceNotFound, type Shelf, type Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";
import { heldByAll } from "../../domain/held.ts";
import type {
  Baseline,
  BaselineItem,
  Change,
  Consumer,
  ConsumerId,
  Evidence,
  Held,
  Json,
} from "../../domain/ports.ts";
import type { Clock } from "../../domain/time.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

/** One secret of keyturn's in a service, mounted at one place there. */
export interface Binding {
  readonly secret: SecretName;
  readonly mount: Mount;
  /** The copies' base name. */
  readonly name: string;
  readonly convergeMs: number;
}

export interface ServiceSettings {
  readonly connection: string;
  readonly service: string;
  /** Tasks that run now. An update replaces each of them once. */
  readonly tasks: number;
  readonly bindings: readonly Binding[];
}

type Objects = ReadonlyMap<Shelf, readonly SwarmObject[]>;

export class ServiceConsumer implements Consumer {
  readonly id: ConsumerId;
  readonly restarts: number;
  readonly tasks: number;
  readonly secrets: readonly SecretName[];
  readonly #settings: ServiceSettings;
  readonly #swarm: Swarm;
  readonly #clock: Clock;

  constructor(settings: ServiceSettings, swarm: Swarm, clock: Clock) {
    this.id = `docker-service:${settings.connection}/${settings.service}`;
    this.restarts = settings.tasks;
    this.tasks = settings.tasks;
    this.secrets = [...new Set(settings.bindings.map((binding) => binding.secret))];
    this.#settings = settings;
    this.#swarm = swarm;
    this.#clock = clock;
  }

  join(other: Consumer): Consumer {
    if (!(other instanceof ServiceConsumer) || other.id !== this.id) {
      throw new RotationError("internal", {
        kind: "invariant",
        message: `${other.id} cannot be joined to ${this.id}`,
      });
    }
    const { bindings } = this.#settings;
    const added = other.#settings.bindings.filter(
      ({ secret, mount }) => !bindings.some((mine) => mine.secret === secret && mine.mount === mount),
    );
    const settings = { ...this.#settings, bindings: [...bindings, ...added] };
    return new ServiceConsumer(settings, this.#swarm, this.#clock);
  }

  async current(signal: AbortSignal): Promise<Baseline> {
    const service = await this.#service(signal);
    const objects = await this.#objects(signal);
    const items = this.secrets.map((secret): BaselineItem => {
      const mounts = this.#bindingsOf(secret).map(({ mount }) => mount);
      const found = mounts.map((mount) => mountedAt(service.Spec.TaskTemplate, mount));
      const restore = Object.fromEntries(mounts.map((mount, index) => [mount, found[index] ?? null]));
      const held = heldByAll(found.map((reference) => heldBy(reference, secret, objects)));
      // SAFETY of the cast: the references came as JSON from the engine.
      return { secret, held, restore: restore as Json };
    });
    return { consumer: this.id, items };
  }

  async activate(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const copies = await this.#copies(changes, signal);
    await this.#change((service) => wantedBy(copies, service), isInSpec, signal);
  }

  async confirm(changes: readonly Change[], signal: AbortSignal): Promise<Evidence> {
    const copies = await this.#copies(changes, signal);
    await this.#converge((service) => wantedBy(copies, service), "rejected", signal);
    return "converged";
  }

  async revert(to: Baseline, only: readonly SecretName[], signal: AbortSignal): Promise<void> {
    const wanted = wantedByBaseline(to, only);
    try {
      await this.#change(
        () => wanted,
        () => false,
        signal,
      );
      await this.#converge(() => wanted, "transient", signal);
      await this.#change(() => wanted, isForgotten, signal);
    } catch (thrown) {
      // A service that was removed meanwhile uses nothing any more.
      if (!(thrown instanceof RotationError) || thrown.code !== "service-not-found") throw thrown;
    }
  }

  async #change(
    wanted: ServiceChange["wanted"],
    isDone: ServiceChange["isDone"],
    signal: AbortSignal,
  ): Promise<void> {
    await changeService(this.#swarm, { service: this.#settings.service, wanted, isDone }, signal);
  }

  async #converge(
    wanted: (service: Service) => Wanted,
    kind: "rejected" | "transient",
    signal: AbortSignal,
  ): Promise<void> {
    const look = async (): Promise<Verdict> => {
      const service = await this.#service(signal);
      const tasks = await this.#swarm.tasks([service.ID], signal);
      return judge(service, tasks, wanted(service));
    };
    const withinMs = Math.max(...this.#settings.bindings.map((binding) => binding.convergeMs));
    await awaitConvergence(look, kind, {
      service: this.#settings.service,
      withinMs,
      clock: this.#clock,
      signal,
    });
  }

  async #service(signal: AbortSignal): Promise<Service> {
    const service = await this.#swarm.findService(this.#settings.service, signal);
    if (service === undefined) throw serviceNotFound(this.#settings.service);
    return service;
  }

  /** What holds each change's version, by mount. */
  async #copies(changes: readonly Change[], signal: AbortSignal): Promise<ReadonlyMap<Mount, SwarmObject>> {
    const objects = await this.#objects(signal);
    return new Map(
      changes.flatMap(({ secret, to }) =>
        this.#bindingsOf(secret).map((binding) => [binding.mount, copyOf(to, binding, objects)] as const),
      ),
    );
  }

  /** From every shelf that a binding is of. Names of one shelf say nothing on another, ids do. */
  async #objects(signal: AbortSignal): Promise<Objects> {
    const found = new Map<Shelf, readonly SwarmObject[]>();
    for (const { mount } of this.#settings.bindings) {
      const shelf = shelfOf(mount);
      if (!found.has(shelf)) found.set(shelf, await this.#swarm.objects(shelf, signal));
    }
    return found;
  }

  #bindingsOf(secret: SecretName): readonly Binding[] {
    const bindings = this.#settings.bindings.filter((candidate) => candidate.secret === secret);
    if (bindings.length > 0) return bindings;
    throw new RotationError("secret-unconfigured", {
      kind: "rejected",
      message: `the service ${this.#settings.service} is not configured for ${secret}`,
      hint: "Put the secret's target back into the configuration.",
    });
  }
}

/** By mount: what each had, or nothing. */
function wantedByBaseline({ items }: Baseline, only: readonly SecretName[]): Wanted {
  const restored = items.filter((item) => only.includes(item.secret));
  // SAFETY of the cast: `restore` is what `current` put there.
  return new Map(
    restored.flatMap(({ restore }) => Object.entries(restore as Record<Mount, Reference | null>)),
  );
}

function isInSpec(service: Service, wanted: Wanted): boolean {
  return holds(service.Spec.TaskTemplate, wanted);
}

/**
 * After a revert, PreviousSpec still names the version that is about to be withdrawn, and `docker service rollback`
 * would bring it back. An update that changes nothing makes PreviousSpec equal to the spec, and restarts no task.
 */
function isForgotten(service: Service, wanted: Wanted): boolean {
  return !service.PreviousSpec || holds(service.PreviousSpec.TaskTemplate, wanted);
}

function wantedBy(copies: ReadonlyMap<Mount, SwarmObject>, service: Service): Wanted {
  return new Map(
    [...copies].map(([mount, copy]) => {
      const before = mountedAt(service.Spec.TaskTemplate, mount);
      return [mount, referenceTo({ id: copy.ID, name: copy.Spec.Name }, mount, before)];
    }),
  );
}

function heldBy(reference: Reference | undefined, secret: SecretName, objects: Objects): Held {
  if (reference === undefined) return { kind: "absent" };
  const shelf = "ConfigID" in reference ? "configs" : "secrets";
  const found = objects.get(shelf)?.find(({ ID }) => ID === idOf(reference));
  const ref = found === undefined ? null : copyRef(found);
  if (ref !== null && ref.secret === secret) return { kind: "version", ref };
  return { kind: "foreign", description: `the ${NOUN[shelf]} ${nameOf(reference)}` };
}

function copyOf(ref: VersionRef, binding: Binding, objects: Objects): SwarmObject {
  const name = copyName(binding.name, ref.version);
  const shelf = shelfOf(binding.mount);
  const copy = objects.get(shelf)?.find((each) => each.Spec.Name === name && sameVersion(copyRef(each), ref));
  if (copy !== undefined) return copy;
  throw new RotationError("copy-missing", {
    kind: "rejected",
    message: `there is no ${NOUN[shelf]} ${name} with this version's marker`,
    hint: "It was removed or replaced by somebody else; rotate again.",
  });
}
