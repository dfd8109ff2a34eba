import type { Command } from "commander";
import { RotationError } from "../../domain/errors.ts";
import { claimedActor } from "../observed-work.ts";
import { configOption } from "../config-option.ts";
import { errorRow, printError } from "../output/print-error.ts";
import { paint, Terminal } from "../output/terminal.ts";
import type { Services } from "../services.ts";
import { selectScopes } from "./select-scopes.ts";

export interface LiftOptions {
  readonly reason: string;
  readonly confirm: string;
  readonly wait?: true;
  readonly json?: true;
}

export async function lift(
  name: string,
  { reason, confirm, wait, json }: LiftOptions,
  command: Command,
  services: Services,
): Promise<void> {
  if (confirm !== name) throw notConfirmed(name);
  const config = await services.loadConfig(configOption(command, services));
  const [scope] = selectScopes(config, [name]);
  if (scope === undefined) return;
  const order = { scope, reason, actor: claimedActor(services), wait: wait === true };
  const { lockdown, outcome, shortfalls } = await services.lift(config, order);
  services.setExitCode(outcome === "incomplete" ? 1 : 0);
  const terminal = new Terminal(services);
  if (json) {
    const missing = shortfalls.map(({ subject, error }) => ({ subject, error: errorRow(error) }));
    return terminal.json({ type: "lift", scope: name, lockdown, outcome, missing });
  }
  for (const { error } of shortfalls) printError(terminal, error);
  if (outcome === "not-locked") terminal.print(`${name} is not locked down`);
  else if (outcome === "lifted") terminal.print(paint("lifted", "green"), ` ${name} (${lockdown ?? ""})`);
  else terminal.print(paint("still locked", "red"), ` ${name}: not everything could be put back`);
}

function notConfirmed(name: string): RotationError {
  return new RotationError("usage", {
    kind: "rejected",
    message: "lifting a lockdown must be confirmed with the scope's name",
    hint: `Write --confirm ${name}.`,
  });
}
