/** A service on the real swarm whose containers read mounted secrets; they do not start with an unusable one. */
import { IMAGE } from "../docker/base-image.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";

export interface ServiceOrder {
  readonly name: string;
  /** Secrets as the command line takes them: a name, or `source=…,target=…`. */
  readonly secrets: readonly string[];
  readonly more?: readonly string[];
}

/** A container ends at once when one of its secrets begins with this. */
export const UNUSABLE = "unusable";

const APP = `for file in /run/secrets/*; do grep -q "^${UNUSABLE}" "$file" && exit 1; done
trap "exit 0" TERM
while :; do sleep 1 & wait $!; done`;

/** Swarm's own waits, short. */
const QUICK = [
  "--update-monitor",
  "1s",
  "--update-delay",
  "0s",
  "--stop-grace-period",
  "1s",
  "--restart-delay",
  "500ms",
];

export class SampleService {
  readonly name: string;
  readonly #swarm: RealSwarm;

  private constructor(swarm: RealSwarm, name: string) {
    this.#swarm = swarm;
    this.name = name;
  }

  /** Two replicas, running. */
  static async create(swarm: RealSwarm, { name, secrets, more = [] }: ServiceOrder): Promise<SampleService> {
    const mounts = secrets.flatMap((secret) => ["--secret", secret]);
    const options = ["--quiet", "--name", name, "--replicas", "2", ...QUICK, ...mounts, ...more];
    await swarm.docker(["service", "create", ...options, IMAGE, "sh", "-c", APP]);
    return new SampleService(swarm, name);
  }

  /** Name of the Docker secret that each running task mounts as `mount`. */
  async mounted(mount: string): Promise<readonly string[]> {
    const ps = ["service", "ps", "-q", "--filter", "desired-state=running", this.name];
    const ids = lines(await this.#swarm.docker(ps));
    if (ids.length === 0) return [];
    const format = `{{.Status.State}}{{range .Spec.ContainerSpec.Secrets}} {{.File.Name}}={{.SecretName}}{{end}}`;
    const tasks = lines(await this.#swarm.docker(["inspect", "--format", format, ...ids]));
    return tasks
      .map((task) => task.split(" "))
      .filter(([state]) => state === "running")
      .flatMap((task) => task.filter((word) => word.startsWith(`${mount}=`)))
      .map((word) => word.slice(mount.length + 1));
  }

  /** Tasks that ever were: one more for each restart of a replica. */
  async tasksEver(): Promise<number> {
    return lines(await this.#swarm.docker(["service", "ps", "-q", this.name])).length;
  }

  inspect(format: string): Promise<string> {
    return this.#swarm.docker(["service", "inspect", "--format", format, this.name]);
  }

  async update(...options: readonly string[]): Promise<void> {
    await this.#swarm.docker(["service", "update", ...options, this.name]);
  }

  /** What `docker service rollback` does: back to PreviousSpec. Resolves once it has converged. */
  async rollBack(): Promise<void> {
    await this.#swarm.docker(["service", "rollback", "--quiet", this.name]);
  }

  async remove(): Promise<void> {
    await this.#swarm.docker(["service", "rm", this.name]);
  }
}

export function lines(output: string): readonly string[] {
  return output.split("\n").filter(Boolean);
}
