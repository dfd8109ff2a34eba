import { expect } from "vitest";
import { failedIn, inspected, resultsOf } from "../inspect.ts";
import type { TargetCase } from "../target-cases.ts";
import { version } from "../target-scene.ts";
import { proved } from "../../../src/domain/check.ts";

export const INSPECT_CASES: readonly TargetCase[] = [
  {
    title: "it looks at itself where all is well, and changes nothing",
    async run(scene) {
      const target = await scene.target("alpha");
      const before = [await scene.world.bystanders(), await scene.world.switches()];
      const findings = await inspected(target);
      expect(failedIn(findings)).toEqual([]);
      expect(resultsOf(findings).join()).toContain("proved");
      expect([await scene.world.bystanders(), await scene.world.switches()]).toEqual(before);
      expect(await target.store.highest(scene.signal)).toBe(0);
      await scene.expectSeen("alpha", "by-hand-alpha");
    },
    saboteurs: [
      {
        title: "that delivers something to see whether it may",
        breaks: (real) => ({
          ...real,
          async inspect(around, s) {
            await real.store.deliver(version("alpha", 1, "a try"), s);
            return (await real.inspect?.(around, s)) ?? [];
          },
        }),
      },
      { title: "that cannot", breaks: ({ store, consumers, close }) => ({ store, consumers, close }) },
    ],
  },
  {
    title: "it tells that the far side is gone, and does not throw",
    async run(scene) {
      const target = await scene.target("alpha");
      await scene.world.breakFarSide();
      expect(failedIn(await inspected(target)).length).toBeGreaterThan(0);
    },
    saboteurs: [
      {
        title: "that does not look",
        breaks: (real) => ({ ...real, inspect: async () => [proved("writable", "it was, once")] }),
      },
      {
        title: "that throws",
        breaks: (real) => ({ ...real, inspect: () => Promise.reject(new Error("gone")) }),
      },
    ],
  },
];
