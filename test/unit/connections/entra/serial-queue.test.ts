import { expect, it } from "vitest";
import { SerialQueue } from "../../../../src/connections/entra/serial-queue.ts";
import { PushedClock } from "../../../contract/entra-world.ts";

const signal = new AbortController().signal;

/** A task that ends when told to, and says when it begins. */
function task(name: string, log: string[]): { run: () => Promise<undefined>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { run: () => (log.push(name), promise), end: () => resolve(undefined) };
}

it("runs the tasks of one key in turn and those of others beside them", async () => {
  const queue = new SerialQueue(new PushedClock());
  const log: string[] = [];
  const [first, second, other] = [task("first", log), task("second", log), task("other", log)];
  const running = [
    queue.run("a", signal, first.run),
    queue.run("a", signal, second.run),
    queue.run("b", signal, other.run),
  ];
  other.end();
  await running[2];
  expect(log).toEqual(["first", "other"]);
  first.end();
  await running[0];
  second.end();
  await running[1];
  expect(log).toEqual(["first", "other", "second"]);
});

it("goes on after a task that fails, and skips one that was cancelled in the queue", async () => {
  const queue = new SerialQueue(new PushedClock());
  const abort = new AbortController();
  const log: string[] = [];
  const first = task("first", log);
  const failing = queue.run("a", signal, async () => {
    await first.run();
    throw new Error("first failed");
  });
  const cancelled = queue.run("a", abort.signal, async () => void log.push("cancelled"));
  const last = queue.run("a", signal, async () => void log.push("last"));
  abort.abort();
  first.end();
  await expect(failing).rejects.toThrow("first failed");
  await expect(cancelled).rejects.toMatchObject({ code: "aborted", kind: "transient" });
  await last;
  expect(log).toEqual(["first", "last"]);
});

it("holds a key for as long as it is told", async () => {
  const clock = new PushedClock();
  const queue = new SerialQueue(clock);
  await queue.run("a", signal, async () => queue.hold("a", 1_000));
  const before = clock.monotonicMs();
  await queue.run("a", signal, async () => {});
  expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(990);
});
