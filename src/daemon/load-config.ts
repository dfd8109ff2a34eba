/** The configuration as a worker loads it: parsers and schemas never come into this process. */
import { reviveError, RotationError } from "../domain/errors.ts";
import { MINUTE_MS, type Clock } from "../domain/time.ts";
import type { ToldProblem } from "./messages.ts";
import type { StartWorker } from "./worker-process.ts";

export type Loaded =
  | { readonly ok: true; readonly config: string }
  | { readonly ok: false; readonly error: RotationError; readonly problems: readonly ToldProblem[] };

/** Tens of thousands of secrets take seconds. */
const DEADLINE_MS = MINUTE_MS;

export async function loadInWorker(start: StartWorker, clock: Clock, file: string): Promise<Loaded> {
  const over = new AbortController();
  const loaded = await new Promise<Loaded>((resolve) => {
    const worker = start({
      message: (message) => {
        if (message.type === "loaded") resolve({ ok: true, config: message.config });
        if (message.type === "refused") {
          resolve({ ok: false, error: reviveError(message.error), problems: message.problems });
        }
      },
      // After an answer this changes nothing.
      exited: (code, signal) =>
        resolve({ ok: false, error: died(signal ?? `exit code ${code}`), problems: [] }),
    });
    worker.send({ type: "load", file });
    worker.end();
    clock.sleep(DEADLINE_MS, over.signal).then(
      () => worker.kill(),
      () => undefined,
    );
  });
  over.abort(new Error("it is loaded"));
  return loaded;
}

function died(how: string): RotationError {
  return new RotationError("internal", {
    kind: "transient",
    message: `the process that was to load the configuration ended (${how})`,
    hint: "Is there enough memory, and may keyturn start processes? Send SIGHUP to try again.",
  });
}
