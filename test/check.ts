/** Runs every check at once, prints what each failing one said, and names them. `npm run check` */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** The slowest first: two cores start them in this order. */
const CHECKS = ["lint", "types", "imports", "dead-code", "format"] as const;

interface Checked {
  readonly name: string;
  readonly passed: boolean;
}

async function runCheck(name: string): Promise<Checked> {
  const startedAt = performance.now();
  const child = spawn("npm", ["run", "--silent", `check:${name}`], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [code, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} check:${name} (${seconds}s)\n`);
  if (code !== 0) process.stdout.write(`${stdout}${stderr}`);
  return { name, passed: code === 0 };
}

/** The names of the checks that failed. */
export async function failingChecks(): Promise<readonly string[]> {
  const results = await Promise.all(CHECKS.map(runCheck));
  return results.filter((result) => !result.passed).map((result) => `check:${result.name}`);
}

if (import.meta.main) {
  const failing = await failingChecks();
  if (failing.length > 0) {
    process.stdout.write(`Failed: ${failing.join(", ")}\n`);
    process.exitCode = 1;
  }
}
