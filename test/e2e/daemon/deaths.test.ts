/** The daemon and its worker are killed and stopped, while a process signs in all the time. */
import { expect, it } from "vitest";
import { dueWorld } from "./due-world.ts";
import { startDaemon } from "./start-daemon.ts";

it.each(["create", "verify", "activate", "confirm"])(
  "goes on when the worker is killed after the intent of %s",
  async (step) => {
    const world = await dueWorld();
    const daemon = await startDaemon(world);
    const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-started");
    await daemon.logged((line) => line.msg === "intent" && line.step === step);
    process.kill(pid, "SIGKILL");
    await daemon.logged((line) => line.msg === "worker-ended" && line.reason === "SIGKILL");
    await daemon.logged((line) => line.msg === "pivoted");
    expect(world.consumer.heldVersions()).toEqual([2]);
    expect(world.consumer.signIns().failed).toBe(0);
  },
);

it("is killed in the middle, and the next one goes on", async () => {
  const world = await dueWorld();
  const first = await startDaemon(world);
  await first.logged((line) => line.msg === "intent" && line.step === "activate");
  first.kill("SIGKILL");
  await first.finished;
  const second = await startDaemon(world);
  await second.logged((line) => line.msg === "pivoted").catch(() => undefined);
  await second.logged((line) => line.msg === "run-ended").catch(() => undefined);
  expect(world.consumer.heldVersions()).toEqual([2]);
  expect(world.consumer.signIns().failed).toBe(0);
});

it("kills a worker that is stopped, and has another go on", async () => {
  const world = await dueWorld();
  const daemon = await startDaemon(world);
  const { pid = 0 } = await daemon.logged((line) => line.msg === "worker-started");
  process.kill(pid, "SIGSTOP");
  const killed = await daemon.logged((line) => line.msg === "worker-killed");
  expect(killed.reason).toContain("sign of life");
  await daemon.logged((line) => line.msg === "pivoted");
  expect(world.consumer.signIns().failed).toBe(0);
});
