/** What a lockdown notes on a service, and how it goes back: for any service, any denial and any change in between. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServiceSpec } from "../../../src/connections/docker/engine-api.ts";
import {
  denied,
  isDenied,
  lifted,
  noteOf,
  stopped,
} from "../../../src/countermeasures/docker/service-note.ts";
import type { RestartOrder } from "../../../src/domain/lockdown.ts";

const NAME = fc.constantFrom("ALLOW", "OTHER", "THIRD", "ALLOW_MORE");
const env = fc
  .uniqueArray(fc.tuple(NAME, fc.constantFrom("", "a", "b=c")), { selector: ([name]) => name })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`));
const spec: fc.Arbitrary<ServiceSpec> = fc.record({
  Name: fc.constant("sam"),
  Labels: fc.constantFrom({}, { team: "mesh" }),
  TaskTemplate: env.map((each) => ({ ContainerSpec: { Env: each }, ForceUpdate: 3 })),
  Mode: fc.constantFrom({ Replicated: { Replicas: 3 } }, { Replicated: { Replicas: 0 } }, { Global: {} }),
  UpdateConfig: fc.constantFrom({ Parallelism: 1 }, { Parallelism: 2, FailureAction: "rollback" as const }),
});
const order: fc.Arbitrary<RestartOrder> = fc.record({
  lockdown: fc.constant("run1"),
  resume: fc.constantFrom("denied" as const, "contained" as const),
  env: fc.dictionary(NAME, fc.constantFrom("deny", "a")).map((each) => new Map([["sam", each]])),
});

/** The engine leaves out what is empty. */
function engine(from: ServiceSpec): unknown {
  const text = JSON.stringify(from, (_key, value: unknown) =>
    Array.isArray(value) && value.length === 0 ? undefined : value,
  );
  return JSON.parse(text);
}

describe("a service under denial", () => {
  test("goes back to what it was, whatever was stopped and denied before, and how often", () => {
    fc.assert(
      fc.property(spec, order, fc.boolean(), fc.boolean(), (before, restart, isStopped, isTwice) => {
        const held = isStopped ? (stopped(before) ?? before) : before;
        const once = denied(held, restart);
        const after = isTwice ? denied(once, restart) : once;
        expect(isDenied(after, restart.lockdown)).toBe(true);
        expect(after.TaskTemplate.ForceUpdate).toBe(3);
        const names = Object.entries(restart.env.get("sam") ?? {});
        for (const [name, value] of names)
          expect(after.TaskTemplate.ContainerSpec?.Env).toContain(`${name}=${value}`);
        const back = lifted(after);
        expect(engine({ ...back, TaskTemplate: withoutPlacement(back) })).toEqual(engine(before));
        expect(noteOf(back)).toBeNull();
        expect(lifted(back)).toEqual(back);
      }),
    );
  });

  test("keeps what somebody else changed beside it, and refuses what somebody changed in it", () => {
    const before: ServiceSpec = {
      Name: "sam",
      TaskTemplate: { ContainerSpec: { Env: ["ALLOW=all"] } },
      Mode: { Replicated: { Replicas: 2 } },
    };
    const restart: RestartOrder = {
      lockdown: "run1",
      resume: "denied",
      env: new Map([["sam", { ALLOW: "none" }]]),
    };
    const after = denied(before, restart);
    const beside = { ...after, TaskTemplate: { ContainerSpec: { Env: ["ALLOW=none", "MORE=1"] } } };
    expect(lifted(beside).TaskTemplate.ContainerSpec?.Env).toEqual(["ALLOW=all", "MORE=1"]);
    const changed = { ...after, TaskTemplate: { ContainerSpec: { Env: ["ALLOW=hunter2"] } } };
    expect(() => lifted(changed)).toThrow(
      expect.objectContaining({
        code: "lift-refused",
        message: expect.stringContaining("env:ALLOW") as string,
      }),
    );
    expect(() => lifted(changed)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") as string }),
    );
    const undone = { ...after, TaskTemplate: before.TaskTemplate };
    expect(lifted(undone).TaskTemplate).toEqual(before.TaskTemplate);
  });
});

function withoutPlacement({ TaskTemplate }: ServiceSpec): ServiceSpec["TaskTemplate"] {
  const { Placement, ...rest } = TaskTemplate;
  return (Placement?.Constraints ?? []).length === 0 ? rest : TaskTemplate;
}
