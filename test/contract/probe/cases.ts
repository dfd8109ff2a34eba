import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { expect } from "vitest";
import { findCanary } from "../../canary.ts";
import { failedIn, inspected, resultsOf } from "../inspect.ts";
import type { ProbeCase } from "../describe-probe.ts";
import { failed, proved } from "../../../src/domain/check.ts";
import { RotationError } from "../../../src/domain/errors.ts";

const never = new AbortController().signal;
const SEVENTH = { secret: "api", version: 7, marker: "keyturn:api:run1.1" };
/** Longer than a probe that listens ever takes to notice. */
const PATIENCE_MS = 3_000;

export const PROBE_CASES: readonly ProbeCase[] = [
  {
    name: "looks once for `doctor`, and finds nothing wrong where all is well",
    async check(world) {
      await world.pass(7);
      expect(failedIn(await inspected(await world.connect("5s"), [world.canary]))).toEqual([]);
    },
    saboteur: "always finds something",
    sabotage: (real) => ({
      id: real.id,
      probe: (version, s) => real.probe(version, s),
      inspect: async () => [failed("answer", "it is wrong", "mend it")],
    }),
  },
  {
    name: "tells `doctor` what it sees that is wrong, or that it did not look, and quotes nothing",
    async check(world) {
      await world.fail();
      const findings = await inspected(await world.connect("5s"), [world.canary]);
      expect(resultsOf(findings)).not.toContain("answer: proved");
      for (const { message } of failedIn(findings)) expect(message).toContain(world.seen);
      await world.breakFarSide();
      const broken = await inspected(await world.connect("5s"), [world.canary]);
      expect(resultsOf(broken)).not.toContain("answer: proved");
    },
    saboteur: "takes any answer for a good one",
    sabotage: (real) => ({
      id: real.id,
      probe: (version, s) => real.probe(version, s),
      inspect: async () => [proved("answer", "it answers")],
    }),
  },
  {
    name: "passes when all is well, and claims no more than it has seen",
    async check(world) {
      await world.pass(7);
      expect(await (await world.connect("5s")).probe(SEVENTH, never)).toBe(world.evidence);
    },
    saboteur: "claims the other evidence",
    sabotage: (real) => ({
      id: real.id,
      probe: async (version, s) => ((await real.probe(version, s)) === "probed" ? "in-use" : "probed"),
    }),
  },
  {
    name: "goes on looking until it passes",
    async check(world) {
      await world.fail();
      const call = (await world.connect("30s")).probe(SEVENTH, never);
      call.catch(() => undefined);
      await Promise.race([world.nextLook(), call]);
      await Promise.race([world.nextLook(), call]);
      await world.pass(7);
      expect(await call).toBe(world.evidence);
    },
    saboteur: "looks once",
    sabotage: (real) => ({ id: real.id, probe: (version) => real.probe(version, AbortSignal.timeout(1)) }),
  },
  {
    name: "fails when the time is up, naming what it saw and quoting nothing",
    async check(world) {
      await world.fail();
      const error = await refusal((await world.connect("300ms")).probe(SEVENTH, never));
      expect([error.code, error.kind]).toEqual(["probe-failed", "rejected"]);
      expect(error.message).toContain(world.seen);
      expect(error.hint).not.toBeNull();
      const shown = `${inspect(error, { depth: Infinity, showHidden: true })}${JSON.stringify(error)}${error.stack ?? ""}`;
      expect(findCanary(Buffer.from(shown), world.canary)).toEqual([]);
    },
    saboteur: "always passes",
    sabotage: ({ id }) => ({ id, probe: async () => "probed" }),
  },
  {
    name: "fails when nothing answers",
    async check(world) {
      await world.breakFarSide();
      const error = await refusal((await world.connect("300ms")).probe(SEVENTH, never));
      expect([error.code, error.kind]).toEqual(["probe-failed", "rejected"]);
    },
    saboteur: "takes silence for health",
    sabotage: (real) => ({
      id: real.id,
      probe: (version, s) => real.probe(version, s).catch(() => "probed" as const),
    }),
  },
  {
    name: "a cancelled probe settles soon, with `aborted`",
    async check(world) {
      await world.fail();
      const abort = new AbortController();
      const call = refusal((await world.connect("60s")).probe(SEVENTH, abort.signal));
      await world.nextLook();
      abort.abort();
      const patience = new AbortController();
      const tooLate = sleep(PATIENCE_MS, undefined, { signal: patience.signal, ref: false });
      const first = await Promise.race([call, tooLate.catch(() => undefined)]);
      patience.abort();
      expect(first?.code).toBe("aborted");
    },
    saboteur: "does not listen",
    sabotage: (real) => ({
      id: real.id,
      // Gives up in the end, so that nothing is left running after the case.
      probe: (version) => real.probe(version, AbortSignal.timeout(PATIENCE_MS + 500)),
    }),
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
