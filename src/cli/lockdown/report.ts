import type { Command } from "commander";
import { RotationError } from "../../domain/errors.ts";
import type { LockdownState } from "../../domain/state.ts";
import { configOption } from "../config-option.ts";
import { escapeControls, Terminal } from "../output/terminal.ts";
import type { Services, StateReader } from "../services.ts";
import { incidentMarkdown } from "./incident-markdown.ts";
import { incidentOf } from "./incident.ts";

/** Of the newest lockdown of the scope, or the newest at all. */
export async function report(
  scope: string | undefined,
  { json }: { readonly json?: true },
  command: Command,
  services: Services,
): Promise<void> {
  const reader = await services.openReader(configOption(command, services));
  try {
    const state = newest(reader, scope);
    const runs = state.runs.flatMap((run) => reader.run(run) ?? []);
    const incident = incidentOf(state, runs);
    if (json) return new Terminal(services).json(incident);
    const lines = incidentMarkdown(incident).split("\n").map(escapeControls);
    services.stdout.write(lines.join("\n"));
  } finally {
    reader.close();
  }
}

function newest({ tables }: StateReader, scope: string | undefined): LockdownState {
  const all = tables.all("lockdown").filter((each) => scope === undefined || each.scope === scope);
  const found = all.toSorted((a, b) => b.since - a.since)[0];
  if (found !== undefined) return found;
  throw new RotationError("usage", {
    kind: "rejected",
    message: scope === undefined ? "there was no lockdown yet" : `there was no lockdown of \`${scope}\``,
    hint: "`keyturn lockdown status` tells what is locked down.",
  });
}
