import { AttachmentNote } from "./attachment-note.ts";
import { killForGood } from "./container-calls.ts";
import type { DockerContainmentConfig } from "./config.ts";
import { findContainers, type Found } from "./found-containers.ts";
import { outcomeOf } from "../outcome.ts";
import type { DockerClient } from "../../connections/docker/client.ts";
import type { DirectEngine } from "../../connections/docker/direct-engine.ts";
import type { Service } from "../../connections/docker/engine-api.ts";
import { serviceNotFound, Swarm } from "../../connections/docker/swarm.ts";
import type { ContainmentContext, Outcome } from "../../domain/lockdown.ts";
import type { Clock } from "../../domain/time.ts";

/** What is seen at every engine that can be asked, and why the others cannot. */
export interface Sight {
  readonly found: readonly Found[];
  readonly blind: readonly Outcome[];
}

/** One entry of `contain`: whom it names, and the engines where they may be. */
export class DockerSite {
  readonly config: DockerContainmentConfig;
  readonly clock: Clock;
  readonly keepDir: string;
  readonly manager: DirectEngine;
  readonly swarm: Swarm;
  readonly engines: ReadonlyMap<string, DirectEngine>;

  constructor(
    config: DockerContainmentConfig,
    client: DockerClient,
    { clock, keepDir }: Pick<ContainmentContext, "clock" | "keepDir">,
  ) {
    this.config = config;
    this.clock = clock;
    this.keepDir = keepDir;
    this.manager = client.direct();
    this.swarm = new Swarm(this.manager);
    this.engines = new Map([
      ["engine", this.manager],
      ...client.nodes.map((node) => [`engine of ${node}`, client.direct(node)] as const),
    ]);
  }

  /** For people and as a key: `docker:swarm/service sam`. */
  subject(what: string): string {
    return `docker:${this.config.connection}/${what}`;
  }

  noteOf(container: string): AttachmentNote {
    return new AttachmentNote(this.keepDir, container);
  }

  async look(signal: AbortSignal): Promise<Sight> {
    const found: Found[] = [];
    const looks = [...this.engines].map(([name, engine]) =>
      outcomeOf(this.clock, this.subject(name), async () => {
        found.push(...(await findContainers(engine, this.config, signal)));
        return null;
      }),
    );
    const blind = (await Promise.all(looks)).filter(({ error }) => error !== null);
    return { found, blind };
  }

  /** Kills every container of the service that an engine shows; nothing in one that is paused runs again. */
  async killAll(service: string, signal: AbortSignal): Promise<void> {
    const { found } = await this.look(signal);
    await killForGood(
      found.filter((each) => each.service === service),
      signal,
    );
  }

  /** Throws `service-not-found`. */
  async service(name: string, signal: AbortSignal): Promise<Service> {
    const service = await this.swarm.findService(name, signal);
    if (service === undefined) throw serviceNotFound(name);
    return service;
  }
}
