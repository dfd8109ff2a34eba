/** A forecast for people: run by run, then what would not be rotated and why. */
import type { RunConsumer } from "../../domain/run.ts";
import { formatDuration, type Instant } from "../../domain/time.ts";
import type { Forecast, ForeseenRun, ForeseenSecret } from "../../run/forecast.ts";
import type { ForeseenAdoption } from "../../run/foreseen-tables.ts";
import { credentialRow } from "../../plan/credential-row.ts";
import { credentialLine } from "./credential-line.ts";
import { moment } from "./span.ts";
import { escapeControls, paint, type Segment, type Style, type Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

const WIDEST = 100;

export function printPlan(terminal: Terminal, forecast: Forecast, now: Instant): void {
  const { runs, refused, notDue, retired, adopted, recovered } = forecast;
  for (const { run, secrets } of recovered)
    told(terminal, ["recovered first", "cyan"], `run ${run} of ${secrets.join(", ")} is not over yet.`);
  for (const { secret, version, retireAt } of retired)
    told(
      terminal,
      ["retired first", "cyan"],
      `${secret} v${version}: its overlap ended ${moment(retireAt, now)}.`,
    );
  for (const each of adopted) printAdoption(terminal, each, now);
  runs.forEach((run, index) => {
    printRun(terminal, run, index + 1, now);
  });
  for (const { secret, error } of refused) {
    told(terminal, ["would refuse", "yellow"], `${secret} [${error.code}]: ${error.message}`);
    if (error.hint !== null) told(terminal, ["  hint", "cyan"], error.hint);
  }
  for (const each of notDue) told(terminal, ["not due", "dim"], `${each.secret}: ${whyNotDue(each, now)}`);
  terminal.print(summary(forecast));
}

function whyNotDue({ dueAt, wait }: Forecast["notDue"][number], now: Instant): string {
  if (dueAt === null) return "never due by itself; --now rotates it";
  const until = `until ${moment(dueAt, now)}`;
  if (wait === undefined) return until;
  const why = wait.within === "window" ? "which rotates in this window" : "whose overlap is not over";
  return `${until}; waits for ${wait.waitsFor}, ${why}`;
}

function printRun(terminal: Terminal, run: ForeseenRun, number: number, now: Instant): void {
  terminal.print(paint(`run ${number}`, "green"));
  for (const secret of run.secrets) printSecret(terminal, secret, now);
  told(terminal, ["  switch", "dim"], whenSwitched(run, now));
  for (const consumer of run.consumers) told(terminal, ["  consumer", "dim"], described(consumer, run));
  for (const warning of run.warnings) told(terminal, ["  warning", "yellow"], warning);
}

function printSecret(terminal: Terminal, secret: ForeseenSecret, now: Instant): void {
  const { from, to, reason, dueAt, overlapMs, retiresFirst, standsFor, foreign } = secret;
  if (reason === "target-added") return printExtension(terminal, secret);
  const versions = from === null ? `its first version, v${to}` : `v${from} → v${to}`;
  // One that was renewed goes in whatever the age of the one before.
  const due = dueAt === null || reason === "renewed" ? "" : `, due ${moment(dueAt, now)}`;
  told(terminal, ["  secret", "dim"], `${secret.secret}: ${versions} (${reason}${due})`);
  if (retiresFirst !== null)
    told(terminal, ["", "dim"], `  v${retiresFirst} is still alive and is revoked before anything else`);
  if (overlapMs !== null && from !== null) {
    const then = overlapMs === 0 ? "as soon as all use" : `${formatDuration(overlapMs)} after all use`;
    const whole = standsFor === null ? "" : `, which stands for ${counted(standsFor)},`;
    told(terminal, ["", "dim"], `  v${from}${whole} is revoked ${then} v${to}`);
  }
  if (foreign.length > 0)
    told(
      terminal,
      ["", "dim"],
      `  neither made nor adopted, and left alone at the issuer: ${foreign.length}`,
    );
  for (const each of foreign) told(terminal, ["", "dim"], `    ${credentialLine(credentialRow(each), now)}`);
}

function printAdoption(
  terminal: Terminal,
  { secret, credentials, refused, retireAt }: ForeseenAdoption,
  now: Instant,
): void {
  const until = retireAt === null ? "" : `, and is revoked ${moment(retireAt, now)}`;
  const what =
    credentials.length === 0
      ? "v0 stands for nothing any more"
      : `v0 stands for ${counted(credentials.length)}${until}`;
  told(terminal, ["adopted first", "cyan"], `${secret}: ${what}`);
  for (const each of credentials)
    told(terminal, ["", "dim"], `  ${credentialLine(credentialRow(each), now)}`);
  for (const { id, code } of refused) told(terminal, ["not adopted", "yellow"], `${secret} [${code}]: ${id}`);
}

function counted(credentials: number): string {
  return `${credentials} credential${credentials === 1 ? "" : "s"}`;
}

function printExtension(terminal: Terminal, { secret, to, stores }: ForeseenSecret): void {
  told(terminal, ["  secret", "dim"], `${secret}: v${to} stays (target added)`);
  for (const store of stores) told(terminal, ["", "dim"], `  v${to} is delivered to ${store}`);
}

function whenSwitched({ opensAt, windowIgnored }: ForeseenRun, now: Instant): string {
  if (windowIgnored !== null) return `at once; the window is ignored: ${windowIgnored}`;
  return opensAt === null ? "at once" : `when the window opens, ${moment(opensAt, now)}`;
}

function described({ id, restarts, tasks, secrets }: RunConsumer, run: ForeseenRun): string {
  const switched = restarts === 0 ? "no restart" : `${restarts} restart${restarts === 1 ? "" : "s"}`;
  const cost = tasks === undefined ? switched : `${tasks} task${tasks === 1 ? "" : "s"}, ${switched}`;
  return run.secrets.length === 1 ? `${id}: ${cost}` : `${id}: ${cost} for ${secrets.join(", ")}`;
}

function summary({ runs, refused }: Forecast): string {
  const secrets = runs.reduce((sum, run) => sum + run.secrets.length, 0);
  const restarts = runs.flatMap((run) => run.consumers).reduce((sum, each) => sum + each.restarts, 0);
  const refusals = refused.length === 0 ? "" : `, ${refused.length} would be refused`;
  if (secrets === 0) return `Nothing would be rotated${refusals}. Nothing was changed.`;
  const counted = `${secrets} secret${secrets === 1 ? "" : "s"} in ${runs.length} run${runs.length === 1 ? "" : "s"}`;
  return `${counted}, ${restarts} restart${restarts === 1 ? "" : "s"}${refusals}. Nothing was changed.`;
}

const LABEL_WIDTH = 16;

/** A label, and beside it text in lines that fit. */
function told(terminal: Terminal, [label, style]: readonly [string, Style], text: string): void {
  const width = Math.min(terminal.columns, WIDEST) - LABEL_WIDTH;
  const indent = /^ */.exec(text)?.[0] ?? "";
  wrap(escapeControls(text.trimStart()), width - indent.length).forEach((line, index) => {
    const head: Segment = index === 0 ? paint(label.padEnd(LABEL_WIDTH), style) : " ".repeat(LABEL_WIDTH);
    terminal.print(head, indent + line);
  });
}
