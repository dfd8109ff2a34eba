/** `npm test`: every check, then every test; the last line counts both. Arguments go to vitest. */
import { fork } from "node:child_process";
import { failingChecks } from "./check.ts";
import type { Counts } from "./reporter.ts";
import { formatCounts } from "./reporter.ts";

/** What vitest's reporter counted; a run that ends without a word is one failure. */
async function runTests(args: readonly string[]): Promise<Counts> {
  const child = fork("node_modules/vitest/vitest.mjs", ["run", ...args]);
  let counts: Counts | null = null;
  child.on("message", (message: { counts: Counts }) => {
    counts = message.counts;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return withExit(counts, code);
}

function withExit(counts: Counts | null, code: number | null): Counts {
  if (counts === null) return { passed: 0, failed: 1, skipped: 0 };
  // Green counts and a red exit: something died after the last test.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

const failing = await failingChecks();
const counts = await runTests(process.argv.slice(2));
for (const name of failing) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`${formatCounts({ ...counts, failed: counts.failed + failing.length })}\n`);
process.exitCode = counts.failed + failing.length > 0 ? 1 : 0;
