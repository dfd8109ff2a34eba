import { defineConfig } from "vitest/config";

/** A kind of tests: its folders, how long one test may take, and how many files run at once on two cores. */
function project(name: string, include: string[], timeoutMs: number, maxWorkers: number, groupOrder: number) {
  return {
    test: {
      name,
      include,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      maxWorkers,
      // Groups run one after the other: what measures time or loads the machine has it for itself.
      sequence: { groupOrder },
      // Tests send signals, change umask and open descriptors: each file gets a process.
      pool: "forks" as const,
    },
  };
}

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      project("fast", ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"], 10_000, 2, 0),
      project("crash", ["test/crash/**/*.test.ts"], 120_000, 2, 1),
      project("engines", ["test/engines/**/*.test.ts"], 180_000, 1, 2),
      project("e2e", ["test/e2e/**/*.test.ts"], 180_000, 1, 3),
    ],
  },
});
