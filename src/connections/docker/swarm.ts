/** The calls that keyturn makes to a swarm manager. */
import { RotationError } from "../../domain/errors.ts";
import type { CallOrder } from "./call.ts";
import type { Node, Service, ServiceSpec, SwarmObject, Task } from "./engine-api.ts";

/** Where swarm keeps what its services mount: secrets, and configs, which it shows to everybody who asks. */
export type Shelf = "secrets" | "configs";

export const NOUN = { secrets: "Docker secret", configs: "Docker config" } as const;

export interface NewObject {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

/** An engine that takes orders, by whichever way. */
export interface Caller {
  readonly host: string;
  call(order: CallOrder, signal: AbortSignal): Promise<unknown>;
}

export class Swarm {
  readonly #engine: Caller;

  constructor(engine: Caller) {
    this.#engine = engine;
  }

  /** All of them. The engine's own name filter matches prefixes, so it is not used. */
  async objects(shelf: Shelf, signal: AbortSignal): Promise<readonly SwarmObject[]> {
    return this.#list<SwarmObject>(`/${shelf}`, {}, `list the ${shelf}`, signal);
  }

  /** Throws `store-conflict` when the name is taken. */
  async create(shelf: Shelf, object: NewObject, signal: AbortSignal): Promise<void> {
    await this.#engine.call(
      {
        method: "POST",
        path: `/${shelf}/create`,
        body: { Name: object.name, Labels: object.labels, Data: object.content.toString("base64") },
        what: `create the ${NOUN[shelf]} ${object.name}`,
        discreet: true,
        refused: ({ statusCode }) => (statusCode === 409 ? nameTaken(shelf, object.name) : undefined),
      },
      signal,
    );
  }

  /** `gone` when it was not there; throws `copy-in-use` while a service's spec names it. */
  async remove(
    shelf: Shelf,
    { ID, Spec: { Name } }: SwarmObject,
    signal: AbortSignal,
  ): Promise<"removed" | "gone"> {
    try {
      await this.#engine.call(
        {
          method: "DELETE",
          path: `/${shelf}/${ID}`,
          what: `remove the ${NOUN[shelf]} ${Name}`,
          refused: ({ statusCode, message }) => {
            if (statusCode === 404) return new Gone();
            return message.includes("in use by") ? inUse(shelf, Name, message) : undefined;
          },
        },
        signal,
      );
      return "removed";
    } catch (thrown) {
      if (thrown instanceof Gone) return "gone";
      throw thrown;
    }
  }

  async services(signal: AbortSignal): Promise<readonly Service[]> {
    return this.#list<Service>("/services", {}, "list the services", signal);
  }

  /** The service of exactly this name. (The engine also takes an id, or the beginning of one, for a name.) */
  async findService(name: string, signal: AbortSignal): Promise<Service | undefined> {
    const all = await this.services(signal);
    return all.find((service) => service.Spec.Name === name);
  }

  /**
   * Replaces the spec if the service is still as `service` shows it. `stale` when it is not:
   * "update out of sequence" (swarmkit's ErrSequenceConflict, an HTTP 500 in 20.10 and a 409 in some proxies).
   */
  async updateService(
    service: Service,
    spec: ServiceSpec,
    signal: AbortSignal,
  ): Promise<"updated" | "stale"> {
    try {
      await this.#engine.call(
        {
          method: "POST",
          path: `/services/${service.ID}/update`,
          query: { version: service.Version.Index },
          body: spec,
          what: `update the service ${spec.Name}`,
          refused: ({ statusCode, message }) => {
            if (statusCode === 404) return serviceNotFound(spec.Name);
            return message.includes("out of sequence") ? new Gone() : undefined;
          },
        },
        signal,
      );
      return "updated";
    } catch (thrown) {
      if (thrown instanceof Gone) return "stale";
      throw thrown;
    }
  }

  async tasks(serviceIds: readonly string[], signal: AbortSignal): Promise<readonly Task[]> {
    if (serviceIds.length === 0) return [];
    const filters = JSON.stringify({ service: serviceIds });
    return this.#list<Task>("/tasks", { filters }, "list the tasks", signal);
  }

  async nodes(signal: AbortSignal): Promise<readonly Node[]> {
    return this.#list<Node>("/nodes", {}, "list the nodes", signal);
  }

  async #list<T>(
    path: string,
    query: Record<string, string>,
    what: string,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const answer = await this.#engine.call({ method: "GET", path, query, what }, signal);
    if (Array.isArray(answer)) return answer as readonly T[];
    throw new RotationError("unexpected-answer", {
      kind: "transient",
      message: `could not ${what} at ${this.#engine.host}: the answer is not a list`,
    });
  }
}

/** A refusal that is an answer to the caller: the thing, or that version of it, is not there any more. */
class Gone extends Error {}

export function serviceNotFound(name: string): RotationError {
  return new RotationError("service-not-found", {
    kind: "rejected",
    message: `there is no service ${name} in the swarm`,
    hint: "Check the target's services against docker service ls.",
  });
}

function nameTaken(shelf: Shelf, name: string): RotationError {
  return new RotationError("store-conflict", {
    kind: "rejected",
    message: `there is a ${NOUN[shelf]} ${name} already`,
    hint: `See ${NOUN[shelf].toLowerCase()} inspect ${name}; remove it, or let the next rotation take a higher number.`,
  });
}

function inUse(shelf: Shelf, name: string, message: string): RotationError {
  const services = /following services?: (.+)$/.exec(message)?.[1] ?? "a service";
  return new RotationError("copy-in-use", {
    kind: "transient",
    message: `the ${NOUN[shelf]} ${name} cannot be removed: ${services} uses it`,
    hint: "Wait until the service is back on its old one, or update it by hand.",
  });
}
