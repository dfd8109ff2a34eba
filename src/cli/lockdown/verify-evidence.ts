import type { Command } from "commander";
import type { LockdownState } from "../../domain/state.ts";
import { configOption } from "../config-option.ts";
import { paint, Terminal } from "../output/terminal.ts";
import type { Services, VerifiedEvidence } from "../services.ts";

/** The folder alone says whether it is whole; the journal, where it is at hand, says that it is keyturn's. */
export async function verifyEvidence(
  dir: string,
  { json }: { readonly json?: true },
  command: Command,
  services: Services,
): Promise<void> {
  const verified = await services.verifyEvidence(dir);
  const inJournal = await isInJournal(verified, command, services);
  const isWhole = verified.faults.length === 0 && inJournal !== false;
  services.setExitCode(isWhole ? 0 : 1);
  const terminal = new Terminal(services);
  if (json) return terminal.json({ ...verified, inJournal, whole: isWhole });
  for (const fault of verified.faults) terminal.print(paint("fault", "red"), ` ${fault}`);
  for (const each of verified.missing) terminal.print(paint("missing", "yellow"), ` ${each}`);
  if (inJournal === false) terminal.print(paint("fault", "red"), " the journal knows no such evidence");
  const told = `${verified.items} items of lockdown ${verified.lockdown ?? "?"}, key ${verified.key ?? "?"}`;
  terminal.print(isWhole ? paint("whole", "green") : paint("NOT WHOLE", "red"), ` ${told}`);
  if (inJournal === null)
    terminal.print("There is no journal here: compare the key with `keyturn lockdown report`.");
}

async function isInJournal(
  { lockdown, manifest }: VerifiedEvidence,
  command: Command,
  services: Services,
): Promise<boolean | null> {
  try {
    const reader = await services.openReader(configOption(command, services));
    try {
      const state = lockdown === null ? undefined : reader.tables.get("lockdown", lockdown);
      return state !== undefined && digestIn(state) === manifest;
    } finally {
      reader.close();
    }
  } catch {
    return null;
  }
}

function digestIn({ steps }: LockdownState): string | null {
  const facts = steps["preserve/evidence"]?.facts;
  if (typeof facts !== "object" || facts === null || !("manifest" in facts)) return null;
  return typeof facts.manifest === "string" ? facts.manifest : null;
}
