/** A service whose processes cannot be told to stop, and whose every sign of life can be seen from outside. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE } from "../docker/base-image.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";

/** Every 50 ms one line: what it is configured to allow, and the secret that it holds. Its child does the same. */
const APP = `trap "" TERM INT HUP
tick() { while :; do echo "$1 $ALLOW $(cat /run/secrets/* 2>/dev/null)" >> /ticks/$HOSTNAME; sleep 0.05; done; }
tick child &
tick main`;

export const ALLOW_ALL = "allow_all";
export const DENY_ALL = "deny_all";

export interface TickingOrder {
  readonly name: string;
  /** `global`: one on each node. */
  readonly replicas: number | "global";
  readonly secrets?: readonly string[];
  readonly more?: readonly string[];
}

export class TickingService {
  readonly name: string;
  readonly #swarm: RealSwarm;
  readonly #folder: string;

  private constructor(swarm: RealSwarm, name: string, folder: string) {
    this.#swarm = swarm;
    this.name = name;
    this.#folder = folder;
  }

  static async create(
    swarm: RealSwarm,
    { name, replicas, secrets = [], more = [] }: TickingOrder,
  ): Promise<TickingService> {
    const folder = join(swarm.folder, `ticks-${name}`);
    mkdirSync(folder, { mode: 0o777 });
    const mounts = secrets.flatMap((secret) => ["--secret", secret]);
    const ticks = ["--mount", `type=bind,source=${folder},target=/ticks`, "--env", `ALLOW=${ALLOW_ALL}`];
    const quick = ["--update-parallelism", "0", "--update-monitor", "500ms", "--stop-grace-period", "5s"];
    const mode = replicas === "global" ? ["--mode", "global"] : ["--replicas", String(replicas)];
    const size = [...mode, ...quick];
    await swarm.docker([
      ...["service", "create", "--quiet", "--name", name, "--env", "OTHER=kept", ...size, ...ticks],
      ...mounts,
      ...more,
      ...[IMAGE, "sh", "-c", APP],
    ]);
    return new TickingService(swarm, name, folder);
  }

  /** Every line that was ever written. */
  ticks(): readonly string[] {
    return readdirSync(this.#folder).flatMap((name) =>
      readFileSync(join(this.#folder, name), "utf8").split("\n").filter(Boolean),
    );
  }

  /** How many lines were written by what still allows everything. */
  allowing(): number {
    return this.ticks().filter((tick) => tick.includes(ALLOW_ALL)).length;
  }

  denying(): number {
    return this.ticks().filter((tick) => tick.includes(DENY_ALL)).length;
  }

  async spec(): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#swarm.docker(["service", "inspect", "--format", "{{json .Spec}}", this.name]);
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  }

  /** Of the containers that are not over. */
  async states(): Promise<readonly string[]> {
    const filter = `label=com.docker.swarm.service.name=${this.name}`;
    return (await this.#swarm.docker(["ps", "--filter", filter, "--format", "{{.State}}"]))
      .split("\n")
      .filter(Boolean);
  }

  async remove(): Promise<void> {
    await this.#swarm.docker(["service", "rm", this.name]);
  }
}
