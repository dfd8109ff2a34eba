/** Docker configs beside Docker secrets in a service on a real one-node swarm. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { clockOf, dockerSecretConnector } from "../contract/docker-secret/connect.ts";
import { changeTo, refusal, version } from "../contract/target-scene.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { createSecret, createService } from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { createDockerClient, type DockerClient } from "../../src/connections/docker/client.ts";
import type { Consumer, Target, TargetContext } from "../../src/domain/ports.ts";
import { dockerConfig } from "../../src/targets/docker-config.ts";

const engine = await requireEngine("docker", probeDocker);
const signal = new AbortController().signal;

describeEngine(engine, "docker-config on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it(
    "a certificate in a config and its key in a secret change in one update, and back",
    { timeout: 120_000 },
    async () => {
      await swarm.docker(["config", "create", "site", "-"], Buffer.from("by-hand-config"));
      await createSecret(swarm, "alpha", "by-hand-secret");
      const mount = ["--config", "source=site,target=/etc/site.pem,mode=0440"];
      await createService(swarm, "web", ["alpha"], ["--replicas", "2", ...mount]);
      const [config, secret] = [
        await connectConfig(swarm),
        await dockerSecretConnector(swarm.host, clockOf(1))("alpha"),
      ];
      const created = version("alpha", 1, "new");
      for (const { store } of [config, secret]) {
        await store.deliver(created, signal);
        await store.deliver(created, signal);
      }
      const web = (await consumerOf(config)).join(await consumerOf(secret));
      const baseline = await web.current(signal);
      expect(baseline.items[0]?.held.kind).toBe("foreign");
      const tasksBefore = await count(["service", "ps", "-q", "web"]);
      await web.activate([changeTo(created.ref)], signal);
      await web.confirm([changeTo(created.ref)], signal);
      expect(await seen(swarm)).toEqual(["new new", "new new"]);
      expect(await count(["service", "ps", "-q", "web"])).toBe(tasksBefore + 2);
      const file =
        "{{range .Spec.TaskTemplate.ContainerSpec.Configs}}{{.ConfigName}} {{.File.Name}} {{.File.Mode}}{{end}}";
      expect(await swarm.docker(["service", "inspect", "--format", file, "web"])).toBe(
        "site_v1 /etc/site.pem -r--r-----",
      );
      expect((await refusal(config.store.withdraw(created.ref, signal))).code).toBe("copy-in-use");
      await web.revert(baseline, ["alpha"], signal);
      expect(await seen(swarm)).toEqual(["by-hand-config by-hand-secret", "by-hand-config by-hand-secret"]);
      await config.store.withdraw(created.ref, signal);
      expect(await swarm.docker(["config", "ls", "--format", "{{.Name}}"])).toBe("site");
    },
  );

  async function count(args: readonly string[]): Promise<number> {
    return (await swarm.docker(args)).split("\n").filter(Boolean).length;
  }
});

async function connectConfig(swarm: RealSwarm): Promise<Target> {
  const client = createDockerClient({ kind: "docker", host: swarm.host }, {});
  const context: TargetContext = {
    clock: clockOf(1),
    env: {},
    connection: <T>() => client satisfies DockerClient as T,
    reload: () => Promise.reject(new Error("a docker-config target has no reload")),
  };
  const config = dockerConfig.schema.parse({
    kind: "docker-config",
    connection: "swarm",
    name: "site",
    mount: "/etc/site.pem",
    content: "{certificate}",
  });
  // The contract's versions have one part, which the schema takes for a secret one.
  return dockerConfig.connect({ ...config, content: "{value}" }, "alpha", context);
}

async function consumerOf(target: Target): Promise<Consumer> {
  const [consumer] = await target.consumers(signal);
  if (consumer === undefined) throw new Error("no service mounts it");
  return consumer;
}

async function seen(swarm: RealSwarm): Promise<readonly string[]> {
  const ids = await swarm.docker(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=web"]);
  const script = "echo $(cat /etc/site.pem) $(cat /run/secrets/alpha)";
  const reads = ids.split("\n").filter(Boolean);
  return Promise.all(reads.map((id) => swarm.docker(["exec", id, "sh", "-c", script])));
}
