import { expect } from "vitest";
import type { TargetCase } from "../target-cases.ts";
import { withConsumer, withStore } from "../target-sabotage.ts";
import { changeTo, expectNoCanary, refusal, version, type Scene } from "../target-scene.ts";
import { RotationError } from "../../../src/domain/errors.ts";

const CANARY = "canary-4f1c9d2e7b";
const never = new AbortController().signal;

export const FAILURE_CASES: readonly TargetCase[] = [
  {
    title: "confirm fails when the consumer cannot run with the version, and revert brings it back",
    needsPoison: true,
    async run(scene) {
      const ref = await scene.deliver("alpha", scene.world.poison ?? "");
      const consumer = await scene.consumer("alpha");
      const baseline = await consumer.current(scene.signal);
      await consumer.activate([changeTo(ref)], scene.signal);
      const error = await refusal(consumer.confirm([changeTo(ref)], scene.signal));
      expect(error.kind).toBe("rejected");
      await consumer.revert(baseline, ["alpha"], scene.signal);
      await scene.expectSeen("alpha", "by-hand-alpha");
    },
    saboteurs: [
      {
        title: "that confirms everything",
        breaks: withConsumer(() => ({ confirm: async () => "converged" })),
      },
    ],
  },
  {
    title: "a cancelled call settles with `aborted` and has changed nothing",
    async run(scene) {
      const calls = await everyCall(scene, AbortSignal.abort());
      for (const [, call] of calls) expect((await refusal(call())).code).toBe("aborted");
      await scene.expectSeen("alpha", "by-hand-alpha");
    },
    saboteurs: [
      {
        title: "whose store does not listen",
        breaks: withStore((real) => ({ highest: () => real.highest(never) })),
      },
      {
        title: "whose consumer does not listen",
        breaks: withConsumer((real) => ({ current: () => real.current(never) })),
      },
    ],
  },
  {
    title: "when the far side is gone, every call fails with a RotationError",
    async run(scene) {
      const calls = await everyCall(scene, scene.signal);
      await scene.world.breakFarSide();
      for (const [, call] of calls) expect((await refusal(call())).code).not.toBe("internal");
    },
    saboteurs: [
      {
        title: "that lets the errors of its library out",
        breaks: withStore((real) => ({
          highest: (s) =>
            real
              .highest(s)
              .catch((thrown: unknown) => Promise.reject(new Error("socket hang up", { cause: thrown }))),
        })),
      },
      {
        title: "that takes silence for nothing",
        breaks: withStore((real) => ({ highest: (s) => real.highest(s).catch(() => 0) })),
      },
    ],
  },
  {
    title: "no error shows the content",
    async run(scene) {
      const { store } = await scene.target("alpha");
      await store.deliver(version("alpha", 1, "theirs", "runa"), scene.signal);
      const conflict = await refusal(store.deliver(version("alpha", 1, CANARY, "runb"), scene.signal));
      const cancelled = await refusal(store.deliver(version("alpha", 2, CANARY), AbortSignal.abort()));
      await scene.world.breakFarSide();
      const unreachable = await refusal(store.deliver(version("alpha", 2, CANARY), scene.signal));
      for (const error of [conflict, cancelled, unreachable]) expectNoCanary(error, CANARY);
    },
    saboteurs: [
      {
        title: "that quotes it",
        breaks: withStore((real) => ({
          deliver: (created, s) =>
            real.deliver(created, s).catch(() => {
              const text = created.material["value"]?.reveal((value) =>
                Buffer.from(value).toString("base64"),
              );
              throw new RotationError("server-error", {
                kind: "rejected",
                message: "refused",
                cause: { body: text },
              });
            }),
        })),
      },
    ],
  },
];

/** Every method that calls the far side, ready to be called. */
async function everyCall(
  scene: Scene,
  signal: AbortSignal,
): Promise<readonly (readonly [string, () => Promise<unknown>])[]> {
  const target = await scene.target("alpha");
  const ref = await scene.deliver("alpha", "first");
  const consumer = await scene.consumer("alpha");
  const baseline = await consumer.current(scene.signal);
  const changes = [changeTo(ref)];
  return [
    ["highest", () => target.store.highest(signal)],
    ["deliver", () => target.store.deliver(version("alpha", 2, "second"), signal)],
    ["withdraw", () => target.store.withdraw(ref, signal)],
    ["prune", () => target.store.prune([], [ref], signal)],
    ["consumers", () => target.consumers(signal)],
    ["current", () => consumer.current(signal)],
    ["activate", () => consumer.activate(changes, signal)],
    ["confirm", () => consumer.confirm(changes, signal)],
    ["revert", () => consumer.revert(baseline, ["alpha"], signal)],
  ];
}
