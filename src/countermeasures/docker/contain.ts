/** Everything that a site names, held still side by side; what cannot be reached is stopped through the manager. */
import { pause } from "./container-calls.ts";
import { disconnect } from "./disconnect.ts";
import type { DockerSite } from "./docker-site.ts";
import type { Found } from "./found-containers.ts";
import { scaleToNothing } from "./scale.ts";
import { outcomeOf } from "../outcome.ts";
import { serviceNotFound } from "../../connections/docker/swarm.ts";
import type { Outcome } from "../../domain/lockdown.ts";

/** Tasks may come up while the first are paused, and a container that is just starting refuses for a moment. */
const MOST_ROUNDS = 6;
const PAUSE_MS = 50;

export async function containAll(site: DockerSite, signal: AbortSignal): Promise<readonly Outcome[]> {
  const { services } = site.config;
  const scale = (names: readonly string[]): Promise<readonly Outcome[]> =>
    Promise.all(names.map((name) => scaleToNothing(site, name, signal)));
  if (site.config.how === "scale-to-zero") {
    const [scaled, held] = await Promise.all([scale(services), new Rounds(site, []).run(signal)]);
    return [...scaled, ...held];
  }
  const rounds = new Rounds(site, services);
  const held = await rounds.run(signal);
  const missed = await unseen(site, rounds.seen, signal);
  const told = isCovered(site, missed.outcomes) ? held.map(forgiven) : held;
  return [...told, ...missed.outcomes, ...(await scale(missed.services))];
}

/** What an engine that cannot be asked may run is known from the manager, and stopped through it. */
function isCovered({ config }: DockerSite, asked: readonly Outcome[]): boolean {
  return config.containers.length === 0 && asked.every(({ error }) => error === null);
}

function forgiven(outcome: Outcome): Outcome {
  if (outcome.error === null || outcome.subject.includes("/container ")) return outcome;
  return { ...outcome, error: null, facts: { warning: outcome.error.message } };
}

/** Looks and holds, until a look shows nothing that runs. */
class Rounds {
  readonly seen = new Set<string>();
  readonly #site: DockerSite;
  readonly #services: readonly string[];
  readonly #outcomes = new Map<string, Outcome>();

  constructor(site: DockerSite, services: readonly string[]) {
    this.#site = site;
    this.#services = services;
  }

  async run(signal: AbortSignal): Promise<readonly Outcome[]> {
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      const { found, blind } = await this.#site.look(signal);
      this.#note(blind);
      const mine = found.filter(({ service }) => service === null || this.#services.includes(service));
      for (const { id } of mine) this.seen.add(id);
      const loose = mine.filter((each) => !isHeld(this.#site, each));
      const still = mine.filter((each) => round === 1 && isHeld(this.#site, each));
      this.#note(await Promise.all(still.map((each) => this.#heldAlready(each))));
      this.#note(await Promise.all(loose.map((each) => hold(this.#site, each, signal))));
      if (loose.length === 0) break;
      if (round > 1) await this.#site.clock.sleep(PAUSE_MS, signal).catch(() => undefined);
    }
    return [...this.#outcomes.values()];
  }

  /** By a lockdown that may have been killed before it could journal it. */
  #heldAlready({ name, service, id, engine, paused }: Found): Promise<Outcome> {
    const how = paused ? "paused" : "disconnected";
    return outcomeOf(this.#site.clock, this.#site.subject(`container ${name}`), () =>
      Promise.resolve({ service, id, host: engine.host, how, already: true }),
    );
  }

  #note(outcomes: readonly Outcome[]): void {
    for (const each of outcomes) this.#outcomes.set(each.subject, each);
  }
}

/** A container without its networks runs on, and is as it should be. */
export function isHeld({ config }: DockerSite, { paused, connected }: Found): boolean {
  return paused || (config.how === "disconnect" && !connected);
}

/** Holds one container still, as its site says. One that cannot be taken off its networks is paused. */
export function hold(site: DockerSite, container: Found, signal: AbortSignal): Promise<Outcome> {
  const { name, service, engine, id } = container;
  return outcomeOf(site.clock, site.subject(`container ${name}`), async () => {
    const known = { service, id, host: engine.host };
    if (site.config.how === "disconnect") {
      const networks = await disconnect(container, site.noteOf(id), site.clock, signal).catch(() => null);
      if (networks !== null) return { ...known, how: "disconnected", networks };
    }
    await pause(container, signal);
    return { ...known, how: "paused" };
  });
}

interface Unseen {
  readonly services: readonly string[];
  /** Why that cannot be told. */
  readonly outcomes: readonly Outcome[];
}

/** Services with a task that runs somewhere where no engine can be asked. */
async function unseen(site: DockerSite, seen: ReadonlySet<string>, signal: AbortSignal): Promise<Unseen> {
  const services: string[] = [];
  if (site.config.services.length === 0) return { services, outcomes: [] };
  const look = await outcomeOf(site.clock, site.subject("tasks"), async () => {
    const known = (await site.swarm.services(signal)).filter(({ Spec }) =>
      site.config.services.includes(Spec.Name),
    );
    const tasks = await site.swarm.tasks(
      known.map(({ ID }) => ID),
      signal,
    );
    for (const { ID, Spec } of known) {
      const lost = tasks.some(
        ({ ServiceID, Status }) =>
          ServiceID === ID &&
          Status.State === "running" &&
          !seen.has(Status.ContainerStatus?.ContainerID ?? ""),
      );
      if (lost) services.push(Spec.Name);
    }
    const names = known.map(({ Spec }) => Spec.Name);
    const missing = site.config.services.find((each) => !names.includes(each));
    if (missing !== undefined) throw serviceNotFound(missing);
    return { services: names };
  });
  return { services, outcomes: [look] };
}
