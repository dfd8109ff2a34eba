/**
 * Counts what really ran and says it in one last line: `N passed, N failed, N skipped`. Whatever kept tests from
 * running (a crashed worker, an error outside a test, a hook that failed, an empty run) counts as a failure.
 */
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export function formatCounts(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}

/** Vitest skips the tests of a suite whose hook failed, without a word. */
function skipReason(test: TestCase): string {
  let parent: TestModule | TestSuite = test.parent;
  for (;;) {
    if (parent.errors().length > 0) return "its suite failed";
    if (parent.type === "module") return "no reason given";
    parent = parent.parent;
  }
}

type Unhandled = Parameters<NonNullable<Reporter["onTestRunEnd"]>>[1];
type Reason = Parameters<NonNullable<Reporter["onTestRunEnd"]>>[2];

export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: Unhandled, reason: Reason): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    const lines: string[] = [];
    for (const module of modules) this.#countModule(module, counts, lines);
    if (counts.passed + counts.failed === 0) {
      lines.push("No test ran.");
      counts.failed++;
    }
    if (reason === "interrupted") {
      lines.push("The run was interrupted.");
      counts.failed++;
    }
    for (const line of lines) process.stdout.write(`${line}\n`);
    if (counts.failed > 0) process.exitCode = 1;
    // `npm test` starts vitest as a child and says the last line itself, since vitest may die before it could.
    if (process.send === undefined) process.stdout.write(`${formatCounts(counts)}\n`);
    else process.send({ counts });
  }

  #countModule(module: TestModule, counts: Counts, lines: string[]): void {
    const where = module.relativeModuleId;
    const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
    for (const suite of suites) {
      const errors = suite.errors().length;
      if (errors === 0) continue;
      counts.failed += errors;
      lines.push(`failed outside a test: ${where}${suite.type === "suite" ? ` > ${suite.fullName}` : ""}`);
    }
    const tests = [...module.children.allTests()];
    for (const test of tests) this.#countTest(test, where, counts, lines);
    const unfinished = module.state() === "queued" || module.state() === "pending";
    if (unfinished && tests.every((test) => test.result().state !== "pending")) {
      counts.failed++;
      lines.push(`did not finish: ${where}`);
    }
  }

  #countTest(test: TestCase, where: string, counts: Counts, lines: string[]): void {
    const result = test.result();
    const name = `${where} > ${test.fullName}`;
    switch (result.state) {
      case "passed":
        counts.passed++;
        break;
      case "failed":
        counts.failed++;
        break;
      case "skipped":
        counts.skipped++;
        lines.push(`skipped: ${name}: ${result.note ?? skipReason(test)}`);
        break;
      case "pending":
        counts.failed++;
        lines.push(`did not finish: ${name}`);
        break;
    }
  }
}
