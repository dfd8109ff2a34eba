import { expect, it } from "vitest";
import { describeReload } from "./describe-reload.ts";
import { startDockerWorld } from "./reload/docker-world.ts";
import { dockerSignal } from "../../src/reloads/docker-signal.ts";

const signal = new AbortController().signal;

describeReload("docker-signal to a container", () => startDockerWorld({ container: "sam" }, ["cafe01"]));
describeReload("docker-signal to a service", () =>
  startDockerWorld({ service: "api" }, ["cafe04", "cafe05", "cafe07"]),
);

it("every running container of the service gets the configured signal, and one that has ended does not matter", async () => {
  const world = await startDockerWorld({ service: "api", signal: "SIGUSR2" }, []);
  try {
    await (await world.connect()).reload(signal);
    const got = world.containers
      .map(({ id, signals }) => [id, signals] as const)
      .filter(([, signals]) => signals.length > 0);
    expect(got).toEqual([
      ["cafe04", ["SIGUSR2"]],
      ["cafe05", ["SIGUSR2"]],
    ]);
  } finally {
    await world.close();
  }
});

it("a container's name is not taken for the beginning of an id", async () => {
  const world = await startDockerWorld({ container: "cafe0" }, []);
  try {
    const reload = await world.connect();
    await expect(reload.reload(signal)).rejects.toMatchObject({ code: "process-not-running" });
    expect(world.containers.flatMap(({ signals }) => signals)).toEqual([]);
  } finally {
    await world.close();
  }
});

it.each([
  [{}],
  [{ container: "a", service: "b" }],
  [{ container: "a/../b" }],
  [{ service: "a", signal: "SIGKILL" }],
])("%j is refused", (settings) => {
  expect(
    dockerSignal.schema.safeParse({ kind: "docker-signal", connection: "swarm", ...settings }).success,
  ).toBe(false);
});
