/** The image that the Dockerfile makes, run by stack.yaml on a real swarm, rotating the secret of another service. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deployKeyturn, IMAGE, type DeployedKeyturn } from "./container/deploy-keyturn.ts";
import { importNodeBase, NODE_BASE } from "./container/node-base.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { sharePort } from "./loopback/share-port.ts";
import { signedInAlways } from "./main-job/after-a-while.ts";
import type { SampleService } from "./main-job/sample-service.ts";
import { withJob } from "./main-job/start-job.ts";
import { SECRET } from "../e2e/world/world.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker", probeDocker);
const REPOSITORY = join(import.meta.dirname, "../..");

describeEngine(engine, "keyturn as a container", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
    await importNodeBase(swarm);
  }, 180_000);
  afterAll(() => swarm.close(), 60_000);

  it("is built on a base of one's own, without a network", { timeout: 300_000 }, async () => {
    const options = ["--network", "none", "--build-arg", `BASE=${NODE_BASE}`, "--tag", IMAGE];
    await swarm.docker(["build", "--quiet", ...options, REPOSITORY]);
    const inspect = (format: string) => swarm.docker(["image", "inspect", "--format", format, IMAGE]);
    expect(await inspect("{{.Config.User}} {{.Config.Entrypoint}} {{.Config.Cmd}}")).toBe(
      "10001:10001 [keyturn] [daemon]",
    );
    const version = await swarm.docker([
      "run",
      "--rm",
      "--network",
      "none",
      "--read-only",
      IMAGE,
      "--version",
    ]);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    // Only what ships: neither sources nor what builds them.
    const inside = ["run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c"];
    const look = "cd /usr/local/lib/keyturn && echo * && cd node_modules && echo typescript* vitest* src*";
    const [top, tools] = (await swarm.docker([...inside, look])).split("\n");
    expect(top).not.toMatch(/\b(src|test)\b/);
    expect(tools).toBe("typescript* vitest* src*");
  });

  it("rotates another service's secret: when asked, and when it is due", { timeout: 180_000 }, () =>
    withJob(swarm, { mount: "azure_secret", service: "sam-enterprise", overlap: "1s" }, async (world) => {
      await using _reachable = await sharePort(Number(new URL(world.entra.origin).port), swarm.pid);
      world.configure((parts) => ({
        ...parts,
        state: { dir: "/var/lib/keyturn", sealKeyFile: "${CREDENTIALS_DIRECTORY}/seal.key" },
        connections: {
          ...parts.connections,
          entra: {
            ...parts.connections["entra"],
            auth: { certificateFile: "${CREDENTIALS_DIRECTORY}/entra.pem" },
            caFile: "/etc/keyturn/ca.pem",
          },
          swarm: { kind: "docker", host: "unix:///var/run/docker.sock" },
        },
        more: {
          control: { operator: "/run/keyturn/operator.sock", viewer: "/run/keyturn/viewer.sock" },
          http: { listen: "127.0.0.1:9464" },
        },
        policy: { ...parts.policy, maxAge: "2s" },
      }));
      const { service, mount } = world.consumer;
      const deployed = await deployKeyturn(swarm, world);
      try {
        await expectConfined(swarm, deployed);
        await deployed.keyturn("rotate", "--now", SECRET);
        await untilAllMount(service, mount, 2);
        await signedInAlways(world);
        const health = ["inspect", "--format", "{{.State.Health.Status}}", deployed.container];
        expect(await swarm.docker(health)).toBe("healthy");
      } finally {
        await deployed.remove();
      }
    }),
  );
});

/** Between two tasks nothing is mounted at all. */
async function untilAllMount(service: SampleService, mount: string, version: number): Promise<void> {
  const isAt = (secret: string): boolean => Number(secret.replace(`${mount}_v`, "")) >= version;
  for (;;) {
    const secrets = await service.mounted(mount);
    if (secrets.length === 2 && secrets.every(isAt)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function expectConfined(swarm: RealSwarm, { container }: DeployedKeyturn): Promise<void> {
  const format = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}";
  expect(await swarm.docker(["inspect", "--format", format, container])).toMatch(/^10001:\d+ true \[ALL\]$/);
  const secrets = ["exec", container, "sh", "-c", "cat /run/secrets/seal.key >/dev/null && echo readable"];
  expect(await swarm.docker(secrets)).toBe("readable");
  await expect(swarm.docker(["exec", container, "sh", "-c", ": >/etc/keyturn/new"])).rejects.toThrow(
    "Read-only",
  );
}
