/** Does work while its steps are shown, and turns how it ended into records and an exit code. */
import type { LoadedConfig, LogLevel } from "../config/config.ts";
import { asRotationError, type RotationError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import { isoOrNull } from "../domain/time.ts";
import { credentialRow } from "../plan/credential-row.ts";
import type { SecretResult, WorkRequest, WorkResult } from "../run/work.ts";
import { exitCodeOfError, exitCodeOfResults } from "./exit-code.ts";
import { errorRow, printError } from "./output/print-error.ts";
import type { StepObserver } from "./output/step-observer.ts";
import { Terminal } from "./output/terminal.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { Services } from "./services.ts";

export interface Order {
  readonly config: LoadedConfig;
  readonly request: WorkRequest;
  readonly wait: boolean;
  readonly log: LogLevel | null;
  readonly json: boolean;
}

/** Work as `rotate` and its like do it: steps while it goes on, and for people a summary at the end. */
export async function observedAndTold(services: Services, order: Order): Promise<void> {
  const result = await observed(services, order);
  if (result === null || order.json) return;
  const { printSummary } = await import("./output/print-summary.ts");
  printSummary(new Terminal(services), result, services.now());
}

/** Whose request it is, as far as the environment claims. */
export function claimedActor({ env }: Services): string | null {
  return env["SUDO_USER"] ?? env["USER"] ?? null;
}

/** Null when the work could not be done; that is told already, and the exit code is set. */
export async function observed(
  services: Services,
  { config, request, wait, log, json }: Order,
): Promise<WorkResult | null> {
  const terminal = new Terminal(services);
  const observer = await observerFor(terminal, services, json);
  const seen = { intent: false };
  const heard = new AbortController();
  if (!json) sayWhenSlow(terminal, heard.signal);
  const observe = (entry: Entry) => {
    heard.abort();
    seen.intent ||= entry.record.type === "intent";
    observer.entry(entry);
  };
  try {
    const result = await services.work(config, request, { wait, log, observe });
    await observer.finish();
    if (json) printRecords(terminal, result);
    for (const alert of result.alerts) printError(terminal, alert, "alert");
    services.setExitCode(exitCodeOfResults([...result.recovered, ...result.rotated]));
    return result;
  } catch (thrown) {
    await observer.finish();
    report(terminal, asRotationError(thrown), json, seen.intent);
    services.setExitCode(exitCodeOfError(asRotationError(thrown), seen.intent ? 1 : 4));
    return null;
  } finally {
    heard.abort();
  }
}

async function observerFor(terminal: Terminal, services: Services, json: boolean): Promise<StepObserver> {
  if (json) return new (await import("./output/json-steps.ts")).JsonSteps(terminal);
  const { PlainSteps } = await import("./output/plain-steps.ts");
  if (!terminal.live) return new PlainSteps(terminal);
  const { LiveSteps } = await import("./output/live-steps.ts");
  return new LiveSteps(services, new PlainSteps(terminal));
}

function report(terminal: Terminal, error: RotationError, json: boolean, began: boolean): void {
  if (json) terminal.json({ type: "error", error: errorRow(error) });
  printError(terminal, error);
  if (began) terminal.warn("Work had begun; `keyturn recover` finishes or undoes it.");
}

/** What else was done, then one record a secret. */
function printRecords(
  terminal: Terminal,
  { recovered, rotated, notDue, retired, adopted }: WorkResult,
): void {
  for (const { credentials, retireAt, ...each } of adopted) {
    const rows = credentials.map(credentialRow);
    terminal.json({ type: "adopted", version: 0, ...each, credentials: rows, retireAt: isoOrNull(retireAt) });
  }
  for (const { secret, dueAt, wait } of notDue)
    terminal.json({
      type: "not-due",
      secret,
      dueAt: isoOrNull(dueAt),
      ...(wait === undefined ? {} : { waitsFor: wait.waitsFor }),
    });
  for (const { secret, version } of retired) terminal.json({ type: "retired", secret, version });
  for (const result of [...recovered, ...rotated]) terminal.json(runEnded(result));
}

export function runEnded({ secret, run, outcome, until, version, retireAt, error }: SecretResult): object {
  return {
    type: "run-ended",
    secret,
    run,
    outcome,
    ...(until === null ? {} : { until: isoOrNull(until) }),
    version,
    retireAt: isoOrNull(retireAt),
    ...(error === null ? {} : { error: errorRow(error) }),
  };
}
