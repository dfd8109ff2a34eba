import { defineConfig } from "vitest/config";

interface Kind {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  /** How long one test may take. */
  readonly timeoutMs: number;
  /** How many files run at once on two cores. */
  readonly maxWorkers: number;
}

/** A kind of tests. */
function project({ name, include, exclude = [], timeoutMs, maxWorkers }: Kind, groupOrder: number) {
  return {
    test: {
      name,
      include,
      exclude,
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

const KINDS: readonly Kind[] = [
  {
    name: "fast",
    include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"],
    timeoutMs: 10_000,
    maxWorkers: 2,
  },
  { name: "crash", include: ["test/crash/**/*.test.ts"], timeoutMs: 120_000, maxWorkers: 2 },
  { name: "engines", include: ["test/engines/**/*.test.ts"], timeoutMs: 180_000, maxWorkers: 1 },
  {
    name: "e2e",
    include: ["test/e2e/**/*.test.ts"],
    exclude: ["test/e2e/{daemon,load}/**"],
    timeoutMs: 180_000,
    maxWorkers: 1,
  },
  // They wait for heartbeats most of the time.
  { name: "daemon", include: ["test/e2e/daemon/**/*.test.ts"], timeoutMs: 180_000, maxWorkers: 4 },
  { name: "load", include: ["test/e2e/load/**/*.test.ts"], timeoutMs: 300_000, maxWorkers: 1 },
];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: KINDS.map(project),
  },
});
