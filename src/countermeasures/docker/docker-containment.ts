/**
 * Containers held still. Swarm services come back by one update that carries the denial; what no engine can be asked to
 * pause is stopped by scaling its service to nothing, which the manager alone can do.
 */
import type { DockerContainmentConfig } from "./config.ts";
import { containAll, hold, isHeld } from "./contain.ts";
import { DockerSite } from "./docker-site.ts";
import { removeCanary, startCanary } from "./canary.ts";
import { evidenceOf } from "./evidence.ts";
import { foresee } from "./foresee.ts";
import { GuardedSwarm } from "./guarded-swarm.ts";
import { liftContainer, liftService } from "./lift.ts";
import { restartContainer, restartService, settleService } from "./restart.ts";
import { denied } from "./service-note.ts";
import type { DockerClient } from "../../connections/docker/client.ts";
import type { ServiceSpec } from "../../connections/docker/engine-api.ts";
import { RotationError } from "../../domain/errors.ts";
import type {
  Canary,
  Containment,
  ContainmentContext,
  EvidenceSettings,
  EvidenceSource,
  Lift,
  Outcome,
  RestartOrder,
} from "../../domain/lockdown.ts";
import type { Connection } from "../../domain/ports.ts";

export class DockerContainment implements Containment {
  readonly connection: string;
  readonly consumers: readonly string[];
  readonly lifts: readonly Lift[];
  readonly #site: DockerSite;
  readonly #client: DockerClient;
  /** Services whose update under denial was accepted, and containers that were started again: they may run. */
  readonly #accepted = new Set<string>();
  #order: RestartOrder | null = null;

  constructor(
    config: DockerContainmentConfig,
    client: DockerClient,
    context: Pick<ContainmentContext, "clock" | "keepDir">,
  ) {
    this.#site = new DockerSite(config, client, context);
    this.#client = client;
    this.connection = config.connection;
    this.consumers = config.services.map((service) => `docker-service:${config.connection}/${service}`);
    this.lifts = [
      ...config.services.map((service) => liftService(this.#site, service)),
      ...config.containers.map((container) => liftContainer(this.#site, container)),
    ];
  }

  arm(order: RestartOrder): void {
    this.#order = order;
  }

  foresee(signal: AbortSignal): Promise<readonly string[]> {
    return foresee(this.#site, signal);
  }

  async startCanary(name: string, signal: AbortSignal): Promise<Canary> {
    const config = { ...this.#site.config, services: [name], containers: [], how: "pause" as const };
    const site = new DockerSite(config, this.#client, this.#site);
    const containment = new DockerContainment(config, this.#client, this.#site);
    await startCanary(site, name, signal).catch(async (thrown: unknown) => {
      await removeCanary(site, name, signal).catch(() => undefined);
      throw thrown;
    });
    return { containment, remove: (inner) => removeCanary(site, name, inner) };
  }

  contain(signal: AbortSignal): Promise<readonly Outcome[]> {
    return containAll(this.#site, signal);
  }

  async hold(signal: AbortSignal): Promise<readonly Outcome[]> {
    const { found } = await this.#site.look(signal);
    const loose = found.filter(
      (each) => !isHeld(this.#site, each) && !this.#accepted.has(each.service ?? `/${each.name}`),
    );
    return Promise.all(loose.map((each) => hold(this.#site, each, signal)));
  }

  evidence(settings: EvidenceSettings, signal: AbortSignal): Promise<readonly (readonly EvidenceSource[])[]> {
    return evidenceOf(this.#site, settings, signal);
  }

  guarded(connection: Connection): Connection {
    const swarm = new GuardedSwarm(this.#site.manager, {
      denied: (spec) => this.#denied(spec),
      clear: (service, signal) => this.#site.killAll(service, signal),
      accepted: (service) => this.#accepted.add(service),
    });
    return { ...connection, swarm } as Connection;
  }

  async restart(signal: AbortSignal): Promise<readonly Outcome[]> {
    const { services, containers } = this.#site.config;
    const order = this.#armed();
    const left = services.filter((service) => !this.#accepted.has(service));
    return Promise.all([
      ...left.map((each) => this.#accept(each, restartService(this.#site, order, each, signal))),
      ...containers.map((each) => {
        // It may run from the moment at which it is started.
        if (order.resume === "denied") this.#accepted.add(`/${each}`);
        return restartContainer(this.#site, order, each, signal);
      }),
    ]);
  }

  settle(signal: AbortSignal): Promise<readonly Outcome[]> {
    const accepted = this.#site.config.services.filter((service) => this.#accepted.has(service));
    return Promise.all(accepted.map((each) => settleService(this.#site, this.#armed(), each, signal)));
  }

  async #accept(service: string, restarted: Promise<Outcome>): Promise<Outcome> {
    const outcome = await restarted;
    if (outcome.error === null) this.#accepted.add(service);
    return outcome;
  }

  #denied(spec: ServiceSpec): ServiceSpec | null {
    return this.#site.config.services.includes(spec.Name) ? denied(spec, this.#armed()) : null;
  }

  #armed(): RestartOrder {
    if (this.#order !== null) return this.#order;
    throw new RotationError("internal", { kind: "invariant", message: "a containment was not armed" });
  }
}
