import type { Command } from "commander";
import type { LockdownState } from "../../domain/state.ts";
import { isoOrNull } from "../../domain/time.ts";
import { configOption } from "../config-option.ts";
import { printTable } from "../output/table.ts";
import { fromNow } from "../output/span.ts";
import { Terminal } from "../output/terminal.ts";
import type { Services } from "../services.ts";

export async function status(
  { json }: { readonly json?: true },
  command: Command,
  services: Services,
): Promise<void> {
  const reader = await services.openReader(configOption(command, services));
  try {
    const locked = reader.tables.all("lockdown").filter(({ phase }) => phase !== "lifted");
    const terminal = new Terminal(services);
    if (json) return terminal.json({ lockdowns: locked.map(row) });
    if (locked.length === 0) return terminal.print("nothing is locked down");
    printTable(
      terminal,
      ["scope", "lockdown", "since", "state", "missing", "reason"],
      locked.map((each) =>
        [
          each.scope,
          each.lockdown,
          fromNow(each.since, services.now()),
          stateOf(each),
          String(missing(each).length),
          each.reason,
        ].map((text) => ({ text })),
      ),
    );
  } finally {
    reader.close();
  }
}

function row(state: LockdownState): object {
  const { scope, lockdown, since, reason, actor, secrets } = state;
  return {
    scope,
    lockdown,
    since: isoOrNull(since),
    reason,
    actor,
    state: stateOf(state),
    secrets,
    missing: missing(state).map(({ phase, subject, result, error }) => ({
      phase,
      subject,
      result,
      error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
    })),
  };
}

/** A start that has not settled goes on, or was killed. */
function stateOf({ phase, outcome }: LockdownState): string {
  return phase === "lifting" ? "lifting" : (outcome ?? "under way");
}

function missing({ steps }: LockdownState): readonly LockdownState["steps"][string][] {
  return Object.values(steps).filter(({ result }) => result !== "done");
}
