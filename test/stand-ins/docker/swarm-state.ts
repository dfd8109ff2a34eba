/** The stand-in's swarm: secrets, configs, services with versions, tasks. Refusals have swarmkit's words and statuses (20.10). */
import type { Clock } from "../../../src/domain/time.ts";
import {
  mountedIds,
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

export type Word = "secret" | "config";

export class SwarmState implements Cluster {
  readonly secrets: StandInSecret[] = [];
  readonly configs: StandInSecret[] = [];
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
    return mountedIds({ TaskTemplate: template }).every((id) => this.contentOf(id) !== this.#poison);
  }

  /** Of a secret or a config. */
  contentOf(id: string): string | undefined {
    return [...this.secrets, ...this.configs].find((each) => each.id === id)?.content;
  }

  createSecret(name: string, labels: Readonly<Record<string, string>>, content: string): StandInSecret {
    return this.create("secret", name, labels, content);
  }

  create(word: Word, name: string, labels: Readonly<Record<string, string>>, content: string): StandInSecret {
    if (!/^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/.test(name)) throw invalid("invalid name");
    const size = Buffer.byteLength(content);
    if (size === 0 || size >= 512_000)
      throw invalid(`${word} data must be larger than 0 and less than 512000 bytes`);
    const shelf = this[`${word}s`];
    if (shelf.some((each) => each.name === name)) {
      throw new Refused(409, `rpc error: code = AlreadyExists desc = ${word} ${name} already exists`);
    }
    const made = { id: this.newId(), name, labels, content, index: this.nextIndex() };
    shelf.push(made);
    return made;
  }

  /** Refuses while a spec names it, and (as the real one) not while only a PreviousSpec or a task does. */
  remove(word: Word, id: string): void {
    const shelf = this[`${word}s`];
    const at = shelf.findIndex((each) => each.id === id);
    if (at < 0) throw new Refused(404, `${word} ${id} not found`);
    const users = this.services.filter(({ spec }) => mountedIds(spec).includes(id));
    if (users.length > 0) {
      const names = users.map(({ spec }) => spec.Name).join(", ");
      throw invalid(`${word} '${shelf[at]?.name}' is in use by the following service: ${names}`);
    }
    shelf.splice(at, 1);
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
    for (const mounted of mountedIds(spec)) {
      if (this.contentOf(mounted) === undefined) throw invalid(`secret or config not found: ${mounted}`);
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
