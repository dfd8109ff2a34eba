import { expect, it } from "vitest";
import { startDockerConsumer } from "./world/docker-consumer.ts";
import { startQuietFileWorld, startQuietWorld } from "./world/quiet-world.ts";

it("a healthy world", async () => {
  const world = await startQuietFileWorld();
  const finished = await world.keyturn("doctor");
  console.log(finished.stdout, finished.stderr, finished.code, finished.tookMs);
  expect(finished.code).toBe(0);
});
it("a healthy docker world", async () => {
  const world = await startQuietWorld({ consumer: startDockerConsumer });
  const finished = await world.keyturn("doctor");
  console.log(finished.stdout, finished.stderr, finished.code, finished.tookMs);
  expect(finished.code).toBe(0);
});
