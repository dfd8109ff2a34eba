import type { Command } from "commander";
import type { LogLevel } from "../config/config.ts";
import type { Given, RotationRequest } from "../run/work.ts";
import { configOption, logOption } from "./config-option.ts";
import { addRotationOptions, planRequest, type RotationOptions } from "./rotation-options.ts";
import type { Services } from "./services.ts";

interface RotateOptions extends RotationOptions {
  readonly valueStdin?: true;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly reason?: string;
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
  keyturn rotate --now azure_secret --revoke-now --reason "leaked in a log"
  keyturn rotate vendor_key --value-stdin < new    a value that only a person can get`;

export function addRotate(program: Command, services: Services): void {
  const command = program
    .command("rotate")
    .description("rotate what is due, or with --now what is named")
    .argument("[secret...]", "these only");
  addRotationOptions(command)
    .option("--value-stdin", "the new value of one secret, given by a person; implies --now")
    .option("--dry-run", "show the plan, as `plan` does, and change nothing")
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
  const config = await services.loadConfig(file);
  const request = planRequest(config.secrets, names, options);
  // Read last, when the rest of the command line is known to be right.
  const given = options.valueStdin === true ? { given: await givenTo(services, names) } : {};
  if (options.dryRun === true) {
    const { showPlan } = await import("./show-plan.ts");
    return showPlan(config, { ...request, ...given }, options, services);
  }
  const { claimedActor, observedAndTold } = await import("./observed-work.ts");
  const rotation: RotationRequest = {
    ...request,
    ...given,
    trigger: "manual",
    reason: options.reason ?? null,
    actor: claimedActor(services),
  };
  const json = options.json === true;
  await observedAndTold(services, {
    config,
    request: { kind: "rotate", rotation },
    wait: options.wait === true,
    log,
    json,
  });
}

async function givenTo(services: Services, names: readonly string[]): Promise<Given> {
  return (await import("./given-value.ts")).readGiven(services, names);
}
