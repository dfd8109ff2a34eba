import { expect } from "vitest";
import type { TargetCase } from "../target-cases.ts";
import { withStore } from "../target-sabotage.ts";
import { changeTo, refusal, version } from "../target-scene.ts";

export const STORE_CASES: readonly TargetCase[] = [
  {
    title: "highest counts this name's versions, and nobody else's",
    async run(scene) {
      const { store } = await scene.target("alpha");
      expect(await store.highest(scene.signal)).toBe(0);
      await store.deliver(version("alpha", 3, "third"), scene.signal);
      expect(await store.highest(scene.signal)).toBe(3);
    },
    saboteurs: [
      { title: "that always finds none", breaks: withStore(() => ({ highest: async () => 0 })) },
      {
        title: "that counts lookalikes",
        breaks: withStore((real) => ({ highest: async (s) => Math.max(9, await real.highest(s)) })),
      },
    ],
  },
  {
    title: "a delivered version is dormant, and delivering it again resolves",
    async run(scene) {
      const before = await scene.world.bystanders();
      const { store } = await scene.target("alpha");
      const created = version("alpha", 1, "first");
      await store.deliver(created, scene.signal);
      await store.deliver(created, scene.signal);
      expect(await scene.world.holds(created.ref)).toBe(true);
      await scene.expectSeen("alpha", "by-hand-alpha");
      expect(await scene.world.bystanders()).toBe(before);
    },
    saboteurs: [
      { title: "that keeps nothing", breaks: withStore(() => ({ deliver: async () => {} })) },
      {
        title: "that refuses what is already there",
        breaks: withStore((real) => {
          let delivered = false;
          return {
            async deliver(created, s) {
              if (delivered) throw new Error("already there");
              delivered = true;
              await real.deliver(created, s);
            },
          };
        }),
      },
    ],
  },
  {
    title: "a version is not delivered over another one that has its number",
    async run(scene) {
      const { store } = await scene.target("alpha");
      const theirs = version("alpha", 1, "theirs-0123456789", "runa");
      await store.deliver(theirs, scene.signal);
      const error = await refusal(
        store.deliver(version("alpha", 1, "ours-0123456789", "runb"), scene.signal),
      );
      expect([error.code, error.kind]).toEqual(["store-conflict", "rejected"]);
      expect(await scene.world.holds(theirs.ref)).toBe(true);
    },
    saboteurs: [
      {
        title: "that takes a name for a version",
        breaks: withStore((real) => ({
          async deliver(created, s) {
            if ((await real.highest(s)) < created.ref.version) await real.deliver(created, s);
          },
        })),
      },
    ],
  },
  {
    title: "withdraw removes that version alone, and resolves when it is gone",
    async run(scene) {
      const before = await scene.world.bystanders();
      const { store } = await scene.target("alpha");
      const first = await scene.deliver("alpha", "first");
      const second = await scene.deliver("alpha", "second", "run2");
      await store.withdraw(second, scene.signal);
      await store.withdraw(second, scene.signal);
      expect(await scene.world.holds(second)).toBe(false);
      expect(await scene.world.holds(first)).toBe(true);
      expect(await scene.world.bystanders()).toBe(before);
    },
    saboteurs: [
      { title: "that removes nothing", breaks: withStore(() => ({ withdraw: async () => {} })) },
      {
        title: "that removes the version before, too",
        breaks: withStore((real) => ({
          async withdraw(ref, s) {
            await real.withdraw(ref, s);
            await real.prune([], [{ ...ref, version: 1, marker: "keyturn:alpha:run1.1" }], s);
          },
        })),
      },
      {
        title: "that fails when it is gone",
        breaks: withStore((real) => {
          let gone = false;
          return {
            async withdraw(ref, s) {
              if (gone) throw new Error("not found");
              gone = true;
              await real.withdraw(ref, s);
            },
          };
        }),
      },
    ],
  },
  {
    title: "withdraw leaves another version alone that has the same number",
    async run(scene) {
      const theirs = await scene.deliver("alpha", "theirs", "runa");
      const { store } = await scene.target("alpha");
      await store.withdraw(version("alpha", theirs.version, "ours", "runb").ref, scene.signal);
      expect(await scene.world.holds(theirs)).toBe(true);
    },
    saboteurs: [
      {
        title: "that goes by the number",
        breaks: withStore((real) => ({
          withdraw: (ref, s) => real.withdraw({ ...ref, marker: "keyturn:alpha:runa.1" }, s),
        })),
      },
    ],
  },
  {
    title: "prune removes what this journal knows and does not keep, and nothing else",
    async run(scene) {
      const before = await scene.world.bystanders();
      const old = await scene.deliver("alpha", "old", "run1");
      const kept = await scene.deliver("alpha", "kept", "run2");
      const foreign = await scene.deliver("alpha", "foreign", "run3");
      const { store } = await scene.target("alpha");
      expect(await store.prune([kept], [old, kept], scene.signal)).toEqual({ removed: 1, left: 0 });
      expect(await Promise.all([old, kept, foreign].map((ref) => scene.world.holds(ref)))).toEqual([
        false,
        true,
        true,
      ]);
      expect(await scene.world.bystanders()).toBe(before);
    },
    saboteurs: [
      {
        title: "that removes nothing",
        breaks: withStore(() => ({ prune: async () => ({ removed: 1, left: 0 }) })),
      },
      {
        title: "that removes what is to be kept",
        breaks: withStore((real) => ({ prune: (_keep, known, s) => real.prune([], known, s) })),
      },
      {
        title: "that removes what it does not know",
        breaks: withStore((real) => ({
          async prune(keep, known, s) {
            const pruned = await real.prune(keep, known, s);
            await real.prune(keep, [{ secret: "alpha", version: 3, marker: "keyturn:alpha:run3.1" }], s);
            return pruned;
          },
        })),
      },
    ],
  },
  {
    title: "prune leaves, and counts, a version that the consumer uses",
    async run(scene) {
      const used = await scene.deliver("alpha", "used");
      const consumer = await scene.consumer("alpha");
      await consumer.activate([changeTo(used)], scene.signal);
      await consumer.confirm([changeTo(used)], scene.signal);
      const { store } = await scene.target("alpha");
      expect(await store.prune([], [used], scene.signal)).toEqual({ removed: 0, left: 1 });
      expect(await scene.world.holds(used)).toBe(true);
      await scene.expectSeen("alpha", "used");
    },
    saboteurs: [
      {
        title: "that does not count what is left",
        breaks: withStore((real) => ({
          prune: async (k, n, s) => ({ ...(await real.prune(k, n, s)), left: 0 }),
        })),
      },
    ],
  },
];
