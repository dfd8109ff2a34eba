import { InvalidArgumentError, type Command } from "commander";
import { configOption, logOption } from "./config-option.ts";
import { claimedActor, observedAndTold } from "./observed-work.ts";
import { named } from "./select-secrets.ts";
import type { Services } from "./services.ts";

interface ResolveOptions {
  readonly keep: number;
  readonly reason: string;
  readonly wait?: true;
  readonly json?: true;
}

const DETAILS = `
A run that could be neither finished nor undone leaves both versions alive. Bring every consumer to the version that is
to stay; keyturn checks that it is so, and revokes the other. \`--keep 0\` keeps what was there before the first rotation.

Example:
  keyturn resolve azure_secret --keep 3 --reason "sam-enterprise was put back by hand"`;

export function addResolve(program: Command, services: Services): void {
  program
    .command("resolve")
    .description("end a needs-operator: one version is confirmed, the other revoked")
    .argument("<secret>")
    .requiredOption("--keep <version>", "the version that stays", parseVersion)
    .requiredOption("--reason <text>", "why, for the journal")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action((secret: string, options: ResolveOptions, command: Command) =>
      resolve(secret, options, command, services),
    );
}

async function resolve(
  secret: string,
  options: ResolveOptions,
  command: Command,
  services: Services,
): Promise<void> {
  const config = await services.loadConfig(configOption(command, services));
  named(config.secrets, [secret]);
  const actor = claimedActor(services);
  const resolution = { secret, keep: options.keep, reason: options.reason, actor };
  const json = options.json === true;
  const wait = options.wait === true;
  const log = logOption(command);
  await observedAndTold(services, {
    config,
    request: { kind: "resolve", resolution },
    wait,
    log,
    json,
  });
}

function parseVersion(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a version number.");
}
