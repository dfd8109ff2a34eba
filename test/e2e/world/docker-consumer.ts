/** A service on the stand-in engine as a consumer; for each of its running tasks somebody signs in all the time. */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { systemClock } from "../../../src/domain/system-clock.ts";
import { signIn } from "../../../src/sandbox/app/sign-in.ts";
import { startDockerStandIn, type DockerStandIn } from "../../stand-ins/docker/stand-in.ts";
import type { StandInTask } from "../../stand-ins/docker/model.ts";
import { startWire } from "./engine-wire.ts";
import type { ConsumerSide, Ground } from "./world.ts";

const PAUSE_MS = 120;
const REPEATS = 4;
const SERVICE = "sam-enterprise";
const MOUNT = "azure_secret";

export interface DockerConsumer extends ConsumerSide {
  readonly engine: DockerStandIn;
}

export async function startDockerConsumer(ground: Ground): Promise<DockerConsumer> {
  const { folder, entra, app, handMade, seed } = ground;
  const behind = join(folder, "engine.sock");
  const engine = await startDockerStandIn({ socket: behind, clock: systemClock, seed });
  const wire = await startWire(join(folder, "docker.sock"), behind, ground.onEngineRequest);
  const byHand = engine.swarm.createSecret(MOUNT, {}, handMade);
  const service = engine.swarm.createService({
    Name: SERVICE,
    TaskTemplate: {
      ContainerSpec: {
        Image: "sam:1",
        Secrets: [{ File: { Name: MOUNT }, SecretID: byHand.id, SecretName: MOUNT }],
      },
    },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Monitor: 200_000_000, FailureAction: "pause" },
  });
  const running = (): readonly StandInTask[] =>
    engine.swarm.tasks.filter((task) => task.service === service.id && task.state === "running");
  const agent = new Agent({ ca: readFileSync(join(folder, "ca.pem")), keepAlive: true, maxSockets: 1 });
  const stop = new AbortController();
  const counts = { tried: 0, failed: 0, interrupted: 0 };
  const order = { tokenUrl: `${entra.origin}/${entra.tenant}/oauth2/v2.0/token`, clientId: app.appId, agent };

  async function signInOnce(secret: string): Promise<void> {
    let verdict = await signIn({ ...order, secret });
    for (let n = 0; verdict === "interrupted" && n < REPEATS && !stop.signal.aborted; n += 1) {
      counts.interrupted += 1;
      await systemClock.sleep(PAUSE_MS, stop.signal).catch(() => undefined);
      verdict = await signIn({ ...order, secret });
    }
    if (stop.signal.aborted) return;
    counts.tried += 1;
    if (verdict !== "accepted") counts.failed += 1;
  }

  async function signInForEver(): Promise<void> {
    while (!stop.signal.aborted) {
      for (const task of running()) await signInOnce(contentOf(engine, task));
      await systemClock.sleep(PAUSE_MS, stop.signal).catch(() => undefined);
    }
  }

  const signingIn = signInForEver();
  return {
    engine,
    connections: { swarm: { kind: "docker", host: `unix://${join(folder, "docker.sock")}` } },
    targets: [{ kind: "docker-secret", connection: "swarm", name: MOUNT, services: "auto", converge: "5s" }],
    probes: [],
    secretsFolder: null,
    signIns: () => counts,
    heldVersions: () => running().map((task) => versionOf(task)),
    refuseNewVersions() {
      const highest = Math.max(...running().map(versionOf));
      engine.swarm.survives = (template) => versionOf({ template }) <= highest;
    },
    timePassed: () => undefined,
    async close() {
      stop.abort(new Error("the world closes"));
      await signingIn;
      agent.destroy();
      await wire.close();
      await engine.close();
    },
  };
}

function referenceOf({ template }: Pick<StandInTask, "template">) {
  return template.ContainerSpec.Secrets?.find(({ File }) => File?.Name === MOUNT);
}

function contentOf(engine: DockerStandIn, task: StandInTask): string {
  return engine.swarm.contentOf(referenceOf(task)?.SecretID ?? "") ?? "";
}

/** 0 for the one made by hand. */
function versionOf(task: Pick<StandInTask, "template">): number {
  return Number(/_v(\d+)$/.exec(referenceOf(task)?.SecretName ?? "")?.[1] ?? 0);
}
