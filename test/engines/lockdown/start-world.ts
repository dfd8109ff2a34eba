/** A tenant, a swarm with a service that ticks, and a scope that locks it down. */
import { join } from "node:path";
import { World, type ConsumerSide, type Ground } from "../../e2e/world/world.ts";
import type { Section } from "../../e2e/world/write-config.ts";
import { createSecret } from "../docker/real-world.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";
import { DENY_ALL, TickingService } from "./ticking-service.ts";

export interface LockdownSide extends ConsumerSide {
  readonly service: TickingService;
}

export type LockdownWorld = World<LockdownSide>;

export interface LockdownOrder {
  readonly name: string;
  readonly replicas?: number | "global";
  readonly more?: readonly string[];
  /** Over the scope as it is usually configured. */
  readonly scope?: (folder: string) => Section;
  readonly main?: (folder: string) => Section;
  readonly connections?: Readonly<Record<string, Section>>;
  readonly state?: Section;
}

export async function withLockdown(
  swarm: RealSwarm,
  order: LockdownOrder,
  body: (world: LockdownWorld) => Promise<void>,
): Promise<void> {
  const consumer = (ground: Ground) => tickingSide(swarm, order, ground);
  const world = await World.start({ seed: ++seeds, overlap: "1h", consumer });
  // What goes wrong here, the test has done.
  world.entra.faults.rates = {};
  world.entra.replication.signIn = [0, 0];
  world.entra.replication.read = [0, 0];
  try {
    configure(world, order);
    await body(world);
  } finally {
    await world.close();
  }
}

let seeds = 400;

export function configure(
  world: LockdownWorld,
  { name, scope, main, connections, state }: LockdownOrder,
): void {
  world.configure((parts) => ({
    ...parts,
    ...(state === undefined ? {} : { state }),
    connections: { ...parts.connections, ...connections },
    more: {
      ...main?.(world.folder),
      lockdown: {
        scopes: {
          sam: {
            contain: [{ kind: "docker", connection: "swarm", services: [name] }],
            preserve: { dir: join(world.folder, "evidence") },
            rotate: { secrets: ["*"] },
            deny: [{ kind: "docker-env", service: name, env: { ALLOW: DENY_ALL } }],
            resume: "denied",
            ...scope?.(world.folder),
          },
        },
      },
    },
  }));
}

async function tickingSide(
  swarm: RealSwarm,
  { name, replicas = 2, more = [] }: LockdownOrder,
  { handMade }: Ground,
): Promise<LockdownSide> {
  const mount = `${name}-secret`;
  await createSecret(swarm, mount, handMade);
  const service = await TickingService.create(swarm, { name, replicas, secrets: [mount], more });
  return {
    service,
    connections: { swarm: { kind: "docker", host: swarm.host } },
    targets: [{ kind: "docker-secret", connection: "swarm", name: mount, converge: "30s" }],
    probes: [],
    secretsFolder: null,
    signIns: () => ({ tried: 0, failed: 0 }),
    heldVersions: () => [],
    refuseNewVersions: () => undefined,
    timePassed: () => undefined,
    close: () => service.remove(),
  };
}
