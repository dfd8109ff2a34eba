import { expect } from "vitest";
import type { TargetCase } from "../target-cases.ts";
import { withConsumer } from "../target-sabotage.ts";
import { changeTo, refusal, version } from "../target-scene.ts";
import type { Baseline } from "../../../src/domain/ports.ts";

export const CONSUMER_CASES: readonly TargetCase[] = [
  {
    title: "what was put there by hand is foreign; afterwards the very version is held",
    async run(scene) {
      const consumer = await scene.consumer("alpha");
      const before = await consumer.current(scene.signal);
      expect(before.consumer).toBe(scene.world.consumer);
      expect(before.items.map(({ secret, held }) => [secret, held.kind])).toEqual([["alpha", "foreign"]]);
      const ref = await scene.deliver("alpha", "first");
      await consumer.activate([changeTo(ref)], scene.signal);
      await consumer.confirm([changeTo(ref)], scene.signal);
      expect((await consumer.current(scene.signal)).items[0]?.held).toEqual({ kind: "version", ref });
    },
    saboteurs: [
      {
        title: "that sees nothing",
        breaks: withConsumer((real) => ({
          current: async () => ({
            consumer: real.id,
            items: [{ secret: "alpha", held: { kind: "absent" }, restore: null }],
          }),
        })),
      },
      {
        title: "that remembers instead of looking",
        breaks: withConsumer((real) => {
          let first: Promise<Baseline> | undefined;
          return { current: (s) => (first ??= real.current(s)) };
        }),
      },
    ],
  },
  {
    title: "activate and confirm bring every replica to the version; a second activate changes nothing",
    async run(scene) {
      const others = await scene.world.bystanders();
      const ref = await scene.deliver("alpha", "first");
      const consumer = await scene.consumer("alpha");
      await consumer.activate([changeTo(ref)], scene.signal);
      expect(["converged", "probed", "in-use"]).toContain(
        await consumer.confirm([changeTo(ref)], scene.signal),
      );
      await scene.expectSeen("alpha", "first");
      await scene.expectSeen("beta", "by-hand-beta");
      const switches = await scene.world.switches();
      await consumer.activate([changeTo(ref)], scene.signal);
      await consumer.confirm([changeTo(ref)], scene.signal);
      expect(await scene.world.switches()).toBe(switches);
      expect(await scene.world.bystanders()).toBe(others);
    },
    saboteurs: [
      {
        title: "that activates nothing and believes it",
        breaks: withConsumer(() => ({ activate: async () => {}, confirm: async () => "converged" })),
      },
      {
        title: "that goes back and forth",
        breaks: withConsumer((real) => {
          let before: Baseline | undefined;
          return {
            async activate(changes, s) {
              if (before !== undefined) await real.revert(before, ["alpha"], s);
              before ??= await real.current(s);
              await real.activate(changes, s);
            },
          };
        }),
      },
    ],
  },
  {
    title: "two secrets of one consumer switch in one go",
    async run(scene) {
      const changes = [
        changeTo(await scene.deliver("alpha", "first-a")),
        changeTo(await scene.deliver("beta", "first-b")),
      ];
      const consumer = await scene.consumer("alpha", "beta");
      expect([...consumer.secrets].sort()).toEqual(["alpha", "beta"]);
      const before = await scene.world.switches();
      await consumer.activate(changes, scene.signal);
      await consumer.confirm(changes, scene.signal);
      await scene.expectSeen("alpha", "first-a");
      await scene.expectSeen("beta", "first-b");
      if (before !== null) expect(await scene.world.switches()).toBe(before + 1);
    },
    saboteurs: [
      {
        title: "that switches them one by one",
        breaks: withConsumer((real) => ({
          async activate(changes, s) {
            for (const change of changes) {
              await real.activate([change], s);
              await real.confirm([change], s);
            }
          },
        })),
      },
      {
        title: "that forgets one",
        breaks: withConsumer((real) => ({
          activate: (changes, s) => real.activate(changes.slice(0, 1), s),
          confirm: (changes, s) => real.confirm(changes.slice(0, 1), s),
        })),
      },
    ],
  },
  {
    title: "confirm fails while the consumer does not use the version",
    async run(scene) {
      const ref = await scene.deliver("alpha", "first");
      const consumer = await scene.consumer("alpha");
      const error = await refusal(consumer.confirm([changeTo(ref)], scene.signal));
      expect([error.code, error.kind]).toEqual(["not-in-use", "rejected"]);
    },
    saboteurs: [
      { title: "that confirms everything", breaks: withConsumer(() => ({ confirm: async () => "in-use" })) },
    ],
  },
  {
    title: "a version that is not in the store is not activated",
    async run(scene) {
      const consumer = await scene.consumer("alpha");
      await scene.deliver("alpha", "theirs", "runa");
      const ours = version("alpha", 1, "ours", "runb").ref;
      const error = await refusal(consumer.activate([changeTo(ours)], scene.signal));
      expect(error.kind).toBe("rejected");
      await scene.expectSeen("alpha", "by-hand-alpha");
    },
    saboteurs: [
      {
        title: "that goes by the number",
        breaks: withConsumer((real) => ({
          activate: (changes, s) =>
            real.activate(
              changes.map(({ to, ...rest }) => ({ ...rest, to: { ...to, marker: "keyturn:alpha:runa.1" } })),
              s,
            ),
        })),
      },
    ],
  },
  {
    title: "revert brings back what was there by hand, and resolves again when it is back",
    async run(scene) {
      const ref = await scene.deliver("alpha", "first");
      const consumer = await scene.consumer("alpha");
      const baseline = await consumer.current(scene.signal);
      await consumer.activate([changeTo(ref)], scene.signal);
      await consumer.confirm([changeTo(ref)], scene.signal);
      await consumer.revert(baseline, ["alpha"], scene.signal);
      await scene.expectSeen("alpha", "by-hand-alpha");
      await consumer.revert(baseline, ["alpha"], scene.signal);
      await scene.expectSeen("alpha", "by-hand-alpha");
      expect((await consumer.current(scene.signal)).items[0]?.held.kind).toBe("foreign");
      await (await scene.target("alpha")).store.withdraw(ref, scene.signal);
      expect(await scene.world.holds(ref)).toBe(false);
    },
    saboteurs: [
      { title: "that reverts nothing", breaks: withConsumer(() => ({ revert: async () => {} })) },
      {
        title: "that reverts to what is there now",
        breaks: withConsumer((real) => ({
          revert: async (_to, only, s) => real.revert(await real.current(s), only, s),
        })),
      },
      {
        title: "that does not wait for the replicas",
        breaks: withConsumer((real) => ({
          async revert(to, only, s) {
            const impatient = new AbortController();
            setTimeout(() => impatient.abort(), 1);
            await real.revert(to, only, AbortSignal.any([s, impatient.signal])).catch(() => {});
          },
        })),
      },
    ],
  },
  {
    title: "revert in the middle of a switch brings every replica back",
    async run(scene) {
      const ref = await scene.deliver("alpha", "first");
      const consumer = await scene.consumer("alpha");
      const baseline = await consumer.current(scene.signal);
      await consumer.activate([changeTo(ref)], scene.signal);
      await consumer.revert(baseline, ["alpha"], scene.signal);
      await scene.expectSeen("alpha", "by-hand-alpha");
      expect((await consumer.current(scene.signal)).items[0]?.held.kind).toBe("foreign");
    },
    saboteurs: [{ title: "that reverts nothing", breaks: withConsumer(() => ({ revert: async () => {} })) }],
  },
  {
    title: "revert restores only the named secrets",
    async run(scene) {
      const alpha = changeTo(await scene.deliver("alpha", "first-a"));
      const beta = changeTo(await scene.deliver("beta", "first-b"));
      const consumer = await scene.consumer("alpha", "beta");
      const baseline = await consumer.current(scene.signal);
      await consumer.activate([alpha, beta], scene.signal);
      await consumer.confirm([alpha, beta], scene.signal);
      await consumer.revert(baseline, ["alpha"], scene.signal);
      await scene.expectSeen("alpha", "by-hand-alpha");
      await scene.expectSeen("beta", "first-b");
    },
    saboteurs: [
      {
        title: "that restores them all",
        breaks: withConsumer((real) => ({ revert: (to, _only, s) => real.revert(to, ["alpha", "beta"], s) })),
      },
    ],
  },
  {
    title: "revert goes back to a version of our own",
    async run(scene) {
      const first = await scene.deliver("alpha", "first", "run1");
      const consumer = await scene.consumer("alpha");
      await consumer.activate([changeTo(first)], scene.signal);
      await consumer.confirm([changeTo(first)], scene.signal);
      const baseline = await consumer.current(scene.signal);
      const second = await scene.deliver("alpha", "second", "run2");
      await consumer.activate([{ secret: "alpha", from: first, to: second }], scene.signal);
      await consumer.confirm([changeTo(second)], scene.signal);
      await consumer.revert(baseline, ["alpha"], scene.signal);
      await scene.expectSeen("alpha", "first");
      expect((await consumer.current(scene.signal)).items[0]?.held).toEqual({ kind: "version", ref: first });
    },
    saboteurs: [{ title: "that reverts nothing", breaks: withConsumer(() => ({ revert: async () => {} })) }],
  },
];
