import type { Command } from "commander";
import type { LiftOptions } from "./lockdown/lift.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Everything in the scope is held still first, whatever else is slow or broken. Then evidence is taken, secrets get new
versions and lose the old ones, and what was held still comes back refusing everything, or stays stopped: see \`lockdown\`
in keyturn.yaml. What failed is done again by the same command. Without a scope, all of them.

Exit codes: 0 all done, 1 something else than containing failed, 3 not everything could be held still

Example:
  keyturn lockdown start sam --reason "token in a public repository"`;

/** The actions are loaded when they run: completion and help need none of them. */
export function addLockdown(program: Command, services: Services): void {
  const lockdown = program
    .command("lockdown")
    .description("the bad day: hold still, take evidence, rotate, come back under denial");
  lockdown
    .command("start")
    .description("lock a scope down")
    .argument("[scope...]", "these only")
    .requiredOption("--reason <text>", "why, for the journal and for those who are told")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action(async (scopes: string[], options: { reason: string; json?: true }, command: Command) =>
      (await import("./lockdown/start.ts")).start(scopes, options, command, services),
    );
  lockdown
    .command("lift")
    .description("undo what a lockdown changed, and nothing else; rotated secrets stay rotated")
    .argument("<scope>")
    .requiredOption("--reason <text>", "why, for the journal")
    .requiredOption("--confirm <scope>", "the scope's name once more")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .action(async (scope: string, options: LiftOptions, command: Command) =>
      (await import("./lockdown/lift.ts")).lift(scope, options, command, services),
    );
  lockdown
    .command("evidence")
    .description("evidence that a lockdown has taken")
    .command("verify")
    .description("whether a folder of evidence is whole and unchanged")
    .argument("<dir>")
    .option("--json", "print one JSON document")
    .action(async (dir: string, options: { json?: true }, command: Command) =>
      (await import("./lockdown/verify-evidence.ts")).verifyEvidence(dir, options, command, services),
    );
  lockdown
    .command("drill")
    .description("try it on something that nobody needs, and say what would fail today")
    .argument("<scope>")
    .option("--json", "print one JSON document")
    .action(async (scope: string, options: { json?: true }, command: Command) =>
      (await import("./lockdown/drill.ts")).drill(scope, options, command, services),
    );
  lockdown
    .command("report")
    .description("the incident, from the journal, as Markdown")
    .argument("[scope]", "the newest of this one; else the newest")
    .option("--json", "print one JSON document")
    .action(async (scope: string | undefined, options: { json?: true }, command: Command) =>
      (await import("./lockdown/report.ts")).report(scope, options, command, services),
    );
  lockdown
    .command("status")
    .description("what is locked down, since when, and what is missing")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: true }, command: Command) =>
      (await import("./lockdown/status.ts")).status(options, command, services),
    );
}
