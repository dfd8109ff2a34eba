/** A service on the real swarm as a world's consumer; the secret it starts with was made by hand, without a version. */
import type { ConsumerSide, Ground } from "../../e2e/world/world.ts";
import { createSecret } from "../docker/real-world.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";
import { SampleService, UNUSABLE } from "./sample-service.ts";
import { watchSignIns, type SignInWatch } from "./watch-sign-ins.ts";

export interface SwarmConsumerOrder {
  /** Name of the Docker secret and of its file in the containers. */
  readonly mount: string;
  readonly service: string;
  /** More options for `docker service create`. */
  readonly more?: readonly string[];
}

export interface SwarmConsumer extends ConsumerSide {
  readonly mount: string;
  readonly service: SampleService;
  readonly watch: SignInWatch;
  /** `heldVersions` gives what was seen here. */
  look(): Promise<void>;
}

export function swarmConsumer(
  swarm: RealSwarm,
  { mount, service: name, more = [] }: SwarmConsumerOrder,
): (ground: Ground) => Promise<SwarmConsumer> {
  return async (ground) => {
    await createSecret(swarm, mount, ground.handMade);
    const service = await SampleService.create(swarm, { name, secrets: [mount], more });
    const watch = watchSignIns(swarm, ground, { service: name, mount });
    let content = "{value}";
    let held: readonly number[] = [];
    return {
      mount,
      service,
      watch,
      connections: { swarm: { kind: "docker", host: swarm.host } },
      get targets() {
        return [{ kind: "docker-secret", connection: "swarm", name: mount, content, converge: "20s" }];
      },
      probes: [],
      secretsFolder: null,
      signIns: () => watch.counts,
      heldVersions: () => held,
      async look() {
        held = (await service.mounted(mount)).map((secret) => Number(/_v(\d+)$/.exec(secret)?.[1] ?? 0));
      },
      /** Takes effect with the next `configure`. */
      refuseNewVersions: () => void (content = `${UNUSABLE} {value}`),
      timePassed: () => undefined,
      async close() {
        await watch.stop();
        await service.remove();
      },
    };
  };
}
