import { readFileSync } from "node:fs";
import { runProgram } from "./cli/program.ts";
import { compose } from "./compose.ts";

/** The first request to stop lets the attempt under way end; the second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      process.once(name, () => process.exit(128 + (name === "SIGINT" ? 2 : 15)));
      stop.abort(new Error(`received ${name}`));
    });
  }
  return stop.signal;
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

await runProgram(
  compose({
    version,
    env: process.env,
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    setExitCode: (code) => {
      process.exitCode = code;
    },
    signal: stopSignal(),
  }),
  process.argv.slice(2),
);
