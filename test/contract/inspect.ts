/** What must hold of every `inspect`, whatever it belongs to. */
import { expect } from "vitest";
import { findCanary } from "../canary.ts";
import { CHECKS, type Finding, type Inspect, type Surroundings } from "../../src/domain/check.ts";

/** A journal that made everything it is asked about. */
const AROUND: Surroundings = { isOurs: () => true, files: [] };

/** What it finds: it tells, and does not throw; everything that failed says how to mend it; nothing secret is told. */
export async function inspected(
  part: { readonly inspect?: Inspect },
  canaries: readonly string[] = [],
): Promise<readonly Finding[]> {
  expect(part.inspect, "it must be able to look at itself").toBeTypeOf("function");
  const outcome = await part
    .inspect?.(AROUND, new AbortController().signal)
    .catch((thrown: unknown) => `it threw ${String(thrown)}`);
  expect(outcome).toBeInstanceOf(Array);
  const findings = outcome as readonly Finding[];
  expect(findings.length).toBeGreaterThan(0);
  for (const { check, result, hint } of findings) {
    expect(Object.keys(CHECKS)).toContain(check);
    if (result === "failed") expect(hint).toMatch(/\w/);
  }
  const told = Buffer.from(JSON.stringify(findings));
  for (const canary of canaries) expect(findCanary(told, canary)).toEqual([]);
  return findings;
}

export function resultsOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ check, result }) => `${check}: ${result}`);
}

export function failedIn(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ result }) => result === "failed");
}
