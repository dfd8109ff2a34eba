/** What a piece of work came to, in plain words. */
import type { Instant } from "../../domain/time.ts";
import { credentialRow } from "../../plan/credential-row.ts";
import type { Adopted } from "../../run/adopt.ts";
import type { SecretResult, WorkResult } from "../../run/work.ts";
import { credentialLine } from "./credential-line.ts";
import { moment } from "./span.ts";
import { paint, type Terminal } from "./terminal.ts";
import { versionWord } from "./version-word.ts";

export function printSummary(terminal: Terminal, result: WorkResult, now: Instant): void {
  const { recovered, rotated, notDue, retired, adopted, sweeping } = result;
  for (const each of adopted) printAdopted(terminal, each, now);
  for (const { secret, version } of retired)
    terminal.print(paint("retired ", "green"), `${secret} v${version}: revoked.`);
  for (const each of recovered) printResult(terminal, each, now, " (recovered)");
  for (const each of rotated) printResult(terminal, each, now, "");
  for (const { secret, dueAt, wait } of notDue) {
    if (wait !== undefined)
      terminal.print(paint(`${secret}: waits for ${wait.waitsFor} until ${moment(wait.until, now)}.`, "dim"));
    else if (dueAt !== null) terminal.print(paint(`${secret}: not due until ${moment(dueAt, now)}.`, "dim"));
    else
      terminal.print(
        paint(
          `${secret}: not due by itself, being held or not managed yet; \`keyturn rotate --now ${secret}\` makes a version.`,
          "dim",
        ),
      );
  }
  if (sweeping.left > 0) {
    const when =
      sweeping.nextAt === null ? "" : ` The next look makes sense ${moment(sweeping.nextAt, now)}.`;
    terminal.print(
      `${sweeping.left} unfinished clean-up${sweeping.left === 1 ? "" : "s"}: \`keyturn recover\` goes on with it.${when}`,
    );
  }
  const nothing = [recovered, rotated, notDue, retired, adopted].every((list) => list.length === 0);
  if (nothing && sweeping.left === 0) terminal.print("Nothing to do.");
}

const PROOFS = {
  yes: "What its consumers hold signs in.",
  no: "What a consumer holds does not sign in.",
  "not-readable": "What its consumers hold cannot be read, so it was not signed in with.",
} as const;

function printAdopted(
  terminal: Terminal,
  { secret, credentials, verified, retireAt }: Adopted,
  now: Instant,
): void {
  if (credentials.length === 0)
    return terminal.print(paint("let go ", "yellow"), `${secret}: nothing is adopted any more.`);
  const count = `${credentials.length} credential${credentials.length === 1 ? "" : "s"}`;
  const end = retireAt === null ? PROOFS[verified] : `Revoked ${moment(retireAt, now)}.`;
  terminal.print(paint("adopted ", "green"), `${secret}: ${count} as v0. ${end}`);
  for (const each of credentials) terminal.print(`  ${credentialLine(credentialRow(each), now)}`);
}

function printResult(terminal: Terminal, result: SecretResult, now: Instant, suffix: string): void {
  const { secret, outcome, version, retireAt, until, error } = result;
  switch (outcome) {
    case "rotated":
      terminal.print(
        paint("rotated ", "green"),
        `${secret} → v${version}${suffix}. ${retirement(retireAt, now)}`,
      );
      return;
    case "delivered":
      terminal.print(
        paint("delivered ", "green"),
        `${secret} v${version}${suffix}: it is in use at the targets that were added, too.`,
      );
      return;
    case "resolved":
      terminal.print(paint("resolved ", "green"), `${secret}${suffix}: ${stillOn(version)}`);
      return;
    case "parked":
      terminal.print(
        paint("parked ", "cyan"),
        `${secret}${suffix}: goes on ${until === null ? "later" : moment(until, now)}, by the next \`keyturn rotate\` or \`keyturn recover\` then.`,
      );
      return;
    case "refused":
      terminal.print(paint("refused ", "yellow"), `${secret}${suffix}: nothing was changed.`);
      return printReason(terminal, result);
    case "rolled-back":
      if (error === null) return printRollback(terminal, result, suffix);
      terminal.print(paint("rolled back ", "red"), `${secret}${suffix}: ${stillOn(version)}`);
      return printReason(terminal, result);
    case "needs-operator":
      terminal.print(
        paint("needs an operator ", "red"),
        `${secret}${suffix}: it could be neither finished nor undone; both versions stay alive.`,
      );
      return printReason(terminal, result);
  }
}

/** What was asked for, unlike a rotation that was undone. */
function printRollback(terminal: Terminal, { secret, version }: SecretResult, suffix: string): void {
  const now = `${versionWord(version ?? 0)} is in use again`;
  terminal.print(
    paint("rolled back ", "green"),
    `${secret}${suffix}: ${now}. It is held: \`keyturn rotate --now ${secret}\` gives it a new version.`,
  );
}

function retirement(retireAt: Instant | null, now: Instant): string {
  if (retireAt === null) return "There is no previous version to revoke.";
  return `The previous version is revoked ${moment(retireAt, now)}.`;
}

function stillOn(version: number | null): string {
  return version === null || version === 0
    ? "everything is as it was before."
    : `v${version} is still in use, and works.`;
}

function printReason(terminal: Terminal, { error, run }: SecretResult): void {
  if (error !== null) {
    terminal.print(`  [${error.code}] ${error.message}`);
    if (error.hint !== null) terminal.print("  ", paint("hint", "cyan"), `: ${error.hint}`);
  }
  if (run !== null)
    terminal.print("  ", paint("hint", "cyan"), `: every step is told by \`keyturn show ${run}\`.`);
}
