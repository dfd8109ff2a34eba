import type { Command } from "commander";
import type { LogLevel } from "../config/config.ts";
import type { RotationRequest } from "../run/work.ts";
import { configOption, logOption } from "./config-option.ts";
import { Terminal } from "./output/terminal.ts";
import type { Services } from "./services.ts";

interface RotateOptions {
  readonly now?: true;
  readonly all?: true;
  readonly label?: readonly string[];
  readonly dryRun?: true;
  readonly revokeNow?: true;
  readonly outsideWindow?: true;
  readonly wait?: true;
  readonly reason?: string;
  readonly json?: true;
}

/** Options that every command has. */
interface Global {
  readonly file: string;
  readonly log: LogLevel | null;
}

const DETAILS = `
Versions whose overlap has ended are retired first; then what is due is rotated.

Examples:
  keyturn rotate                                  what is due
  keyturn rotate --now azure_secret               one secret, whatever its age
  keyturn rotate --now --label team=mesh          all with a label
  keyturn rotate --now azure_secret --revoke-now --reason "leaked in a log"`;

export function addRotate(program: Command, services: Services): void {
  program
    .command("rotate")
    .description("rotate what is due, or with --now what is named")
    .argument("[secret...]", "these only")
    .option("--now", "regardless of age")
    .option("--all", "every configured secret")
    .option(
      "--label <key=value>",
      "secrets with this label; all of several",
      (text: string, rest: readonly string[] | undefined) => [...(rest ?? []), text],
    )
    .option("--dry-run", "say what would be rotated, and change nothing")
    .option("--revoke-now", "no overlap: the previous version is revoked as soon as the new one is in use")
    .option("--outside-window", "do not wait for the policy's window")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--reason <text>", "why, for the journal")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action((secrets: string[], options: RotateOptions, command: Command) =>
      rotate(secrets, options, { file: configOption(command, services), log: logOption(command) }, services),
    );
}

async function rotate(
  names: readonly string[],
  options: RotateOptions,
  { file, log }: Global,
  services: Services,
): Promise<void> {
  if (options.dryRun === true) {
    const { dryRun } = await import("./dry-run.ts");
    return dryRun(names, options, file, services);
  }
  const { observed } = await import("./observed-work.ts");
  const { selectForRotation } = await import("./select-secrets.ts");
  const config = await services.loadConfig(file);
  const rotation: RotationRequest = {
    secrets: selectForRotation(config.secrets, names, options),
    now: options.now === true,
    revokeNow: options.revokeNow === true,
    outsideWindow: options.outsideWindow === true,
    trigger: "manual",
    reason: options.reason ?? null,
    actor: services.env["SUDO_USER"] ?? services.env["USER"] ?? null,
  };
  const json = options.json === true;
  const result = await observed(services, {
    config,
    request: { kind: "rotate", rotation },
    wait: options.wait === true,
    log,
    json,
  });
  if (result === null || json) return;
  const { printSummary } = await import("./output/print-summary.ts");
  printSummary(new Terminal(services), result, services.now());
}
