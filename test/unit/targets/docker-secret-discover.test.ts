import { expect, it, onTestFinished } from "vitest";
import { serviceSpec, startStandInWorld } from "../../contract/docker-secret/stand-in-world.ts";
import { createDockerClient } from "../../../src/connections/docker/client.ts";
import { systemClock } from "../../../src/domain/system-clock.ts";
import { dockerSecret } from "../../../src/targets/docker-secret.ts";

const signal = new AbortController().signal;

async function found(
  configured: readonly { readonly name: string; readonly services?: readonly string[] }[],
) {
  const world = await startStandInWorld();
  onTestFinished(() => world.close());
  const { engine } = world;
  engine.swarm.createSecret("beta_v7", {}, "of the family");
  engine.swarm.createSecret("lonely_v3", {}, "nobody's");
  engine.swarm.createSecret("tls", {}, "mounted elsewhere");
  engine.swarm.createService(serviceSpec(engine, "proxy", [["tls", "/etc/proxy/key.pem"]]));
  engine.swarm.createService(
    serviceSpec(engine, "job", [["beta_v7", "beta"]], { Mode: { ReplicatedJob: {} } }),
  );
  const client = createDockerClient({ kind: "docker", host: engine.host }, {});
  const order = {
    connection: "swarm",
    configured: configured.map((each) =>
      dockerSecret.schema.parse({ kind: "docker-secret", connection: "swarm", ...each }),
    ),
    context: { clock: systemClock, env: {}, connection: <T>() => client as T },
  };
  const targets = (await dockerSecret.discover?.(order, signal)) ?? [];
  return targets.map(({ name, leaf, notes }) => ({
    name,
    as: leaf["name"],
    services: leaf["services"],
    notes,
  }));
}

it("takes the versions of a family together, under the name that services mount it by", async () => {
  const all = await found([]);
  expect(all).toContainEqual({
    name: "beta",
    as: "beta",
    services: "auto",
    notes: expect.arrayContaining([
      "app mounts beta as beta",
      expect.stringMatching(/^job mounts beta_v7 as beta \(a job: /),
    ]) as string[],
  });
  expect(all).toContainEqual({
    name: "alpha",
    as: "alpha",
    services: "auto",
    notes: [
      "app mounts alpha as alpha",
      "app-other mounts another secret under the same name, which one target cannot tell apart",
    ],
  });
  expect(all).toContainEqual({
    name: "lonely",
    as: "lonely",
    services: "auto",
    notes: ["no service uses lonely_v3"],
  });
});

it("names the services where the mount has another name, and says what cannot be managed", async () => {
  const all = await found([]);
  expect(all).toContainEqual({
    name: "alpha",
    as: "password",
    services: ["app-renamed"],
    notes: ["app-renamed mounts alpha as password"],
  });
  expect(all.find(({ name }) => name === "tls")?.notes).toEqual([
    "proxy mounts tls as /etc/proxy/key.pem",
    "keyturn cannot manage a secret that is mounted as /etc/proxy/key.pem",
  ]);
});

it("does not find again what is configured", async () => {
  const names = (
    await found([{ name: "alpha" }, { name: "password", services: ["app-renamed"] }, { name: "beta" }])
  ).map(({ name, as }) => [name, as]);
  expect(names).not.toContainEqual(["alpha", "password"]);
  expect(names).not.toContainEqual(["beta", "beta"]);
  expect(names).not.toContainEqual(["alpha", "alpha"]);
});
