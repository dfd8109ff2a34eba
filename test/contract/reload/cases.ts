import { inspect } from "node:util";
import { expect } from "vitest";
import { findCanary } from "../../canary.ts";
import { failedIn, inspected, resultsOf } from "../inspect.ts";
import type { ReloadCase } from "../describe-reload.ts";
import { RotationError } from "../../../src/domain/errors.ts";

const signal = new AbortController().signal;

export const RELOAD_CASES: readonly ReloadCase[] = [
  {
    name: "it looks at itself where all is well, and nobody reads again",
    async check(world) {
      const findings = await inspected(await world.connect(), [world.canary]);
      expect(failedIn(findings)).toEqual([]);
      expect(resultsOf(findings).join()).toContain("proved");
      expect([await world.count(), await world.bystanders()]).toEqual([0, 0]);
    },
    saboteur: "tries it out",
    sabotage: (real) => ({
      id: real.id,
      reload: (s) => real.reload(s),
      async inspect(around, s) {
        await real.reload(s);
        return (await real.inspect?.(around, s)) ?? [];
      },
    }),
  },
  {
    name: "it looks at itself where the reload cannot work, and tells rather than throws",
    async check(world) {
      const reload = await world.connect();
      await world.breakProcess();
      await inspected(reload, [world.canary]);
      expect([await world.count(), await world.bystanders()]).toEqual([0, 0]);
    },
    saboteur: "throws what it finds",
    sabotage: (real) => ({
      id: real.id,
      reload: (s) => real.reload(s),
      inspect: async (_around, s) => {
        await real.reload(s);
        return [];
      },
    }),
  },
  {
    name: "the process reads again, and nobody else does",
    async check(world) {
      await (await world.connect()).reload(signal);
      expect(await world.count()).toBe(1);
      expect(await world.bystanders()).toBe(0);
    },
    saboteur: "does nothing",
    sabotage: ({ id }) => ({ id, reload: async () => {} }),
  },
  {
    name: "every further reload makes it read again",
    async check(world) {
      const reload = await world.connect();
      for (const times of [1, 2, 3]) {
        await reload.reload(signal);
        expect(await world.count()).toBe(times);
      }
    },
    saboteur: "works once",
    sabotage: (real) => {
      let done: Promise<void> | undefined;
      return { id: real.id, reload: (s) => (done ??= real.reload(s)) };
    },
  },
  {
    name: "the id is the same for the same process, and another one for another",
    async check(world) {
      const id = (await world.connect()).id;
      expect((await world.connect()).id).toBe(id);
      expect((await world.connectOther()).id).not.toBe(id);
    },
    saboteur: "is called like every other",
    sabotage: (real) => ({ id: "reload", reload: (s) => real.reload(s) }),
  },
  {
    name: "a cancelled reload is `aborted`, and reaches nobody",
    async check(world) {
      const reload = await world.connect();
      expect((await refusal(reload.reload(AbortSignal.abort()))).code).toBe("aborted");
      expect(await world.count()).toBe(0);
    },
    saboteur: "does not listen",
    sabotage: (real) => ({ id: real.id, reload: () => real.reload(signal) }),
  },
  {
    name: "a reload that cannot work is rejected with what to do, and shows nothing of what was printed",
    async check(world) {
      const reload = await world.connect();
      await world.breakProcess();
      const error = await refusal(reload.reload(signal));
      expect([error.code, error.kind]).toEqual([world.brokenCode, "rejected"]);
      expect(error.hint).not.toBeNull();
      const shown = `${inspect(error, { depth: Infinity, showHidden: true })}${JSON.stringify(error)}${error.stack ?? ""}`;
      expect(findCanary(Buffer.from(shown), world.canary)).toEqual([]);
      expect(await world.bystanders()).toBe(0);
    },
    saboteur: "takes failure for success",
    sabotage: (real) => ({ id: real.id, reload: (s) => real.reload(s).catch(() => {}) }),
  },
];

async function refusal(call: Promise<unknown>): Promise<RotationError> {
  const outcome = await call.then(
    () => "it resolved",
    (thrown: unknown) => thrown,
  );
  expect(outcome).toBeInstanceOf(RotationError);
  return outcome as RotationError;
}
