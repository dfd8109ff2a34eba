/** A rotation with more output than a pipe holds, for a reader that goes away. */
import { setImmediate } from "node:timers/promises";
import { runProgram } from "../../../src/cli/program.ts";
import type { Services } from "../../../src/cli/services.ts";
import { NOTHING, NOW, policy } from "./fake-services.ts";
import { entriesOf } from "./runs.ts";

const services = {
  version: "0",
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  now: () => NOW,
  setExitCode: (code: number) => void (process.exitCode = code),
  loadConfig: async () => ({ secrets: [policy("api")] }),
  work: async (_config: unknown, _request: unknown, { observe }: { observe: (entry: unknown) => void }) => {
    for (let round = 0; round < 500; round += 1) {
      for (const entry of entriesOf("rotated")) observe(entry);
      await setImmediate();
    }
    process.stderr.write("worked to the end\n");
    return NOTHING;
  },
} as unknown as Services;

await runProgram(services, ["rotate", "--json"]);
