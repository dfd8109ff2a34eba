import { expect, it } from "vitest";
import { VirtualClock } from "../../crash/world/virtual-clock.ts";
import { proved, type Check, type Inspect } from "../../../src/domain/check.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { examine, type Patient } from "../../../src/run/examine.ts";

const around = { files: [], isOurs: () => true };
const signal = new AbortController().signal;

function run(clock: VirtualClock, patients: readonly Patient[]): Promise<readonly Check[]> {
  return clock.run(examine({ patients, around, clock, signal }));
}

function patient(subject: string, connection: string | null, inspect: Inspect | null): Patient {
  return { subject, connection, connect: () => Promise.resolve(inspect) };
}

function leading(subject: string, inspect: Inspect): Patient {
  return { ...patient(`connection ${subject}`, subject, inspect), leads: true };
}

const well: Inspect = async () => [proved("reachable", "well")];
const hangs: Inspect = () => new Promise(() => undefined);
const refused: Inspect = () =>
  Promise.reject(
    new RotationError("unreachable", { kind: "transient", message: "nobody there", hint: "Look." }),
  );

it("tells everything in the order of what was asked, whoever answers first", async () => {
  const clock = new VirtualClock(0);
  const slow: Inspect = async () => {
    await clock.sleep(1_000, signal);
    return [proved("reachable", "at last"), proved("room", "enough")];
  };
  const checks = await run(clock, [patient("a", null, slow), leading("x", well), patient("b", null, well)]);
  expect(checks.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
    "a: at last",
    "a: enough",
    "connection x: well",
    "b: well",
  ]);
});

it("what hangs is given up after its deadline, once for its connection, and holds up nobody else", async () => {
  const clock = new VirtualClock(0);
  let answeredAt = -1;
  const other: Inspect = async () => {
    answeredAt = clock.now();
    return [proved("reachable", "well")];
  };
  const behind = Array.from({ length: 20 }, (_, n) => patient(`behind ${n}`, "x", well));
  const checks = await run(clock, [leading("x", hangs), ...behind, leading("y", other)]);
  expect(answeredAt).toBe(0);
  expect(clock.now()).toBeLessThanOrEqual(60_000);
  expect(checks[0]).toMatchObject({ subject: "connection x", check: "reachable", result: "failed" });
  expect(checks[0]?.hint).toMatch(/\w/);
  expect(new Set(checks.slice(1, 21).map(({ result }) => result))).toEqual(new Set(["not-checkable"]));
  expect(checks.at(-1)).toMatchObject({ subject: "connection y", result: "proved" });
});

it("a connection that cannot be read is told once, and nothing behind it is asked", async () => {
  let asked = 0;
  const counts: Inspect = async () => {
    asked += 1;
    return [];
  };
  const checks = await run(new VirtualClock(0), [leading("x", refused), patient("behind", "x", counts)]);
  expect(asked).toBe(0);
  expect(checks).toEqual([
    {
      subject: "connection x",
      check: "reachable",
      result: "failed",
      message: "nobody there",
      hint: "Look.",
    },
    {
      subject: "behind",
      check: "reachable",
      result: "not-checkable",
      message: "connection x does not work, see there",
    },
  ]);
});

it("of what shares a connection, one that fails or hangs is told for itself", async () => {
  const cannot: Patient = {
    subject: "broken",
    connection: "x",
    connect: () =>
      Promise.reject(new RotationError("config-invalid", { kind: "rejected", message: "no variable" })),
  };
  const checks = await run(new VirtualClock(0), [
    leading("x", well),
    cannot,
    patient("hanging", "x", hangs),
    patient("silent", "x", null),
    patient("fine", "x", well),
  ]);
  expect(checks.map(({ subject, result }) => `${subject}: ${result}`)).toEqual([
    "connection x: proved",
    "broken: failed",
    "hanging: failed",
    "silent: not-checkable",
    "fine: proved",
  ]);
  expect(checks[1]?.hint).toMatch(/\w/);
});

it("is over soon when keyturn is asked to stop", async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  const patients = [patient("hanging", null, hangs)];
  const examined = clock.run(examine({ patients, around, clock, signal: stop.signal }));
  stop.abort(new Error("enough"));
  await expect(examined).rejects.toMatchObject({ code: "aborted" });
  expect(clock.now()).toBeLessThan(10_000);
});

it("asks six of a connection at once, and no more", async () => {
  const clock = new VirtualClock(0);
  let [now, most] = [0, 0];
  const counting: Inspect = async () => {
    now += 1;
    most = Math.max(most, now);
    await clock.sleep(100, signal);
    now -= 1;
    return [];
  };
  await run(
    clock,
    Array.from({ length: 30 }, (_, n) => patient(`p${n}`, "x", counting)),
  );
  expect(most).toBe(6);
});
