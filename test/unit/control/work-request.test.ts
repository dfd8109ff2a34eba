/** What comes over a socket: every request that the command line makes comes out as it went in, and nothing else comes out. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWorkRequest } from "../../../src/control/work-request.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import { packRequest } from "../../../src/run/work-message.ts";
import type { WorkRequest } from "../../../src/run/work.ts";

const ROTATION = {
  secrets: ["api"],
  now: true,
  revokeNow: false,
  outsideWindow: true,
  trigger: "manual",
  reason: "drill",
  actor: "ada",
} as const;
const WHO = { reason: "because", actor: "ada" } as const;

function overTheWire(request: WorkRequest): WorkRequest | null {
  return parseWorkRequest(JSON.stringify(packRequest(request)), (claimed) => `operator ${claimed}`);
}

describe("a request", () => {
  test.each<[WorkRequest, object]>([
    [{ kind: "recover" }, { kind: "recover" }],
    [
      { kind: "adopt", secrets: null },
      { kind: "adopt", secrets: null },
    ],
    [
      { kind: "adopt", secrets: ["api", "db"] },
      { kind: "adopt", secrets: ["api", "db"] },
    ],
    [{ kind: "rotate", rotation: ROTATION }, { rotation: { ...ROTATION, actor: "operator ada" } }],
    [{ kind: "rotate", rotation: { ...ROTATION, secrets: null } }, { rotation: { secrets: null } }],
    [{ kind: "rollback", rollback: { secret: "api", ...WHO } }, { rollback: { secret: "api" } }],
    [
      { kind: "retire", retirement: { secret: "api", done: true, ...WHO } },
      { retirement: { secret: "api", done: true, reason: "because", actor: "operator ada" } },
    ],
    [
      { kind: "resolve", resolution: { secret: "api", keep: 3, ...WHO } },
      { resolution: { secret: "api", keep: 3 } },
    ],
  ])("%j comes out as it went in", (request, expected) => {
    expect(overTheWire(request)).toMatchObject({ kind: request.kind, ...expected });
  });

  test("brings the value that a person gave, octet for octet, and does not show it", () => {
    const value = SecretValue.fromText("grüße \u0001 ✓");
    const rotation = { ...ROTATION, given: { secret: "api", material: { value } } };
    const request = overTheWire({ kind: "rotate", rotation });
    if (request?.kind !== "rotate") throw new Error("it is no rotation");
    const part = request.rotation.given?.material["value"];
    expect(part?.reveal((text) => text)).toBe("grüße \u0001 ✓");
    expect(JSON.stringify(request)).toContain('"value":"[secret]"');
  });
});

test.each([
  { kind: "adopt" },
  { kind: "adopt", secrets: "api" },
  { kind: "rotate", rotation: { ...ROTATION, now: "yes" } },
  { kind: "rotate", rotation: { ...ROTATION, given: {} } },
  { kind: "rotate", rotation: { ...ROTATION, given: { secret: "api", material: { value: 7 } } } },
  { kind: "rotate", rotation: { ...ROTATION, given: { secret: "api", material: {} } } },
  { kind: "retire", retirement: { secret: "api", ...WHO } },
  { kind: "retire", retirement: { secret: "", done: true, ...WHO } },
  { kind: "resolve", resolution: { secret: "api", keep: 0.5, ...WHO } },
  { kind: "resolve", resolution: { secret: "api", keep: 1, reason: null } },
  { kind: "rollback", rollback: { secret: "x".repeat(5_000) } },
  [],
  null,
])("%j is no request", (raw) => {
  expect(parseWorkRequest(JSON.stringify(raw), () => "operator")).toBeNull();
});

test("whatever comes, there is an answer, and never one with somebody else's right", () => {
  const kind = fc.constantFrom("rotate", "adopt", "retire", "resolve", "rollback", "recover", "x");
  const inner = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()));
  const raw = fc.record({ kind, rotation: inner, retirement: inner, resolution: inner, rollback: inner });
  fc.assert(
    fc.property(
      fc.oneof(
        raw.map((each) => JSON.stringify(each)),
        fc.string(),
      ),
      (text) => {
        const parsed = parseWorkRequest(text, () => "operator");
        expect(parsed === null || typeof parsed.kind === "string").toBe(true);
        expect(JSON.stringify(parsed)).not.toMatch(/"actor":"(?!operator)/);
      },
    ),
    { numRuns: 500 },
  );
});
