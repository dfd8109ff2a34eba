import { RotationError } from "../../src/domain/errors.ts";
import { buildPath, type PathAnswer } from "../../src/certificates/index.ts";
import type { Testcase, Verdict } from "./testcase.ts";
import { toQuestion } from "./to-question.ts";

export function runCase(testcase: Testcase, now: number): Verdict {
  const startedAt = performance.now();
  const error = reasonAgainst(testcase, now);
  const ms = Math.round((performance.now() - startedAt) * 1000) / 1000;
  const { id } = testcase;
  return error === undefined ? { id, actual: "SUCCESS", ms } : { id, actual: "FAILURE", ms, error };
}

function reasonAgainst(testcase: Testcase, now: number): string | undefined {
  try {
    return firstFailure(buildPath(toQuestion(testcase, now)));
  } catch (thrown) {
    if (thrown instanceof RotationError) return thrown.message;
    throw thrown;
  }
}

function firstFailure(answer: PathAnswer): string | undefined {
  if (answer.ok) return undefined;
  const [first] = answer.failures;
  if (first === undefined) return "refused without a reason";
  return `${first.rule} (${first.section}): ${first.subject}: ${first.message}`;
}
