/** The stand-in's swarm: secrets, services with versions, tasks. Refusals have swarmkit's words and statuses (20.10). */
import type { Clock } from "../../../src/domain/time.ts";
import {
  references,
  type StandInSecret,
  type StandInService,
  type StandInSpec,
  type StandInTask,
} from "./model.ts";
import { rollOut, startTasks, type Cluster } from "./roll-out.ts";

/** Says no as the engine does. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class SwarmState implements Cluster {
  readonly secrets: StandInSecret[] = [];
  readonly services: StandInService[] = [];
  readonly tasks: StandInTask[] = [];
  readonly closing: AbortSignal;
  readonly clock: Clock;
  /** A container whose secret has this content exits at once. */
  readonly #poison: string;
  readonly #random: () => number;
  #index = 10;

  constructor(options: { poison: string; random: () => number; closing: AbortSignal; clock: Clock }) {
    this.clock = options.clock;
    this.#poison = options.poison;
    this.#random = options.random;
    this.closing = options.closing;
  }

  newId(): string {
    return Array.from({ length: 25 }, () => Math.floor(this.#random() * 36).toString(36)).join("");
  }

  nextIndex(): number {
    this.#index += 1;
    return this.#index;
  }

  survives(template: StandInTask["template"]): boolean {
    return (template.ContainerSpec.Secrets ?? []).every(
      ({ SecretID }) => this.contentOf(SecretID) !== this.#poison,
    );
  }

  contentOf(secretId: string): string | undefined {
    return this.secrets.find((secret) => secret.id === secretId)?.content;
  }

  createSecret(name: string, labels: Readonly<Record<string, string>>, content: string): StandInSecret {
    if (!/^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/.test(name)) throw invalid("invalid name");
    const size = Buffer.byteLength(content);
    if (size === 0 || size >= 512_000)
      throw invalid("secret data must be larger than 0 and less than 512000 bytes");
    if (this.secrets.some((secret) => secret.name === name)) {
      throw new Refused(409, `rpc error: code = AlreadyExists desc = secret ${name} already exists`);
    }
    const secret = { id: this.newId(), name, labels, content, index: this.nextIndex() };
    this.secrets.push(secret);
    return secret;
  }

  /** Refuses while a spec names the secret, and (as the real one) not while only a PreviousSpec or a task does. */
  removeSecret(id: string): void {
    const at = this.secrets.findIndex((secret) => secret.id === id);
    if (at < 0) throw new Refused(404, `secret ${id} not found`);
    const users = this.services.filter(({ spec }) =>
      references(spec).some(({ SecretID }) => SecretID === id),
    );
    if (users.length > 0) {
      const names = users.map(({ spec }) => spec.Name).join(", ");
      throw invalid(`secret '${this.secrets[at]?.name}' is in use by the following service: ${names}`);
    }
    this.secrets.splice(at, 1);
  }

  createService(spec: StandInSpec): StandInService {
    const id = this.newId();
    const service = {
      id,
      index: this.nextIndex(),
      spec,
      previous: null,
      status: null,
      generation: 0,
      restarts: 0,
    };
    this.services.push(service);
    startTasks(this, service);
    return service;
  }

  updateService(id: string, version: number, spec: StandInSpec): void {
    const service = this.services.find((candidate) => candidate.id === id);
    if (service === undefined) throw new Refused(404, `service ${id} not found`);
    if (version !== service.index)
      throw new Refused(500, "rpc error: code = Unknown desc = update out of sequence");
    for (const { SecretID } of references(spec)) {
      if (this.contentOf(SecretID) === undefined) throw invalid(`secret not found: ${SecretID}`);
    }
    const changed = JSON.stringify(service.spec.TaskTemplate) !== JSON.stringify(spec.TaskTemplate);
    service.previous = service.spec;
    service.spec = spec;
    service.status = null;
    service.index = this.nextIndex();
    // An update that changes nothing restarts nothing, but one in the middle of a roll-out goes on with it.
    if (!changed && this.#isSettled(service)) return;
    service.generation += 1;
    void rollOut(this, service);
  }

  /** Somebody else's update: a label of the service, which restarts nothing and must survive ours. */
  touch(service: StandInService): void {
    service.index = this.nextIndex();
    service.spec = { ...service.spec, Labels: { touched: String(service.index) } };
  }

  #isSettled(service: StandInService): boolean {
    const wanted = JSON.stringify(service.spec.TaskTemplate);
    const tasks = this.tasks.filter((task) => task.service === service.id && task.desired !== "shutdown");
    return tasks.every((task) => task.state === "running" && JSON.stringify(task.template) === wanted);
  }
}

function invalid(text: string): Refused {
  return new Refused(400, `rpc error: code = InvalidArgument desc = ${text}`);
}
