import type { Command } from "commander";
import { RotationError } from "../domain/errors.ts";
import { configOption, logOption } from "./config-option.ts";
import type { Services } from "./services.ts";

interface AdoptOptions {
  readonly discover?: true;
  readonly connection?: string;
  readonly wait?: true;
  readonly json?: true;
}

const DETAILS = `
What the issuer's \`adopt\` names becomes version 0: it is due by its age and expiry like any other, and is revoked when
the overlap after the first rotation is over. \`rotate\` and \`recover\` do this by themselves; here it is done at once,
and what else lives at the issuer is looked at anew for \`status\`.

Examples:
  keyturn adopt azure_secret
  keyturn adopt --discover > schedules/found.yaml    what keyturn could take over, as a schedule`;

export function addAdopt(program: Command, services: Services): void {
  program
    .command("adopt")
    .description("take over credentials that were made by hand, or with --discover propose which")
    .argument("[secret...]", "these only")
    .option("--discover", "print a schedule of what could be taken over; changes nothing")
    .option("--connection <name>", "with --discover: look there only")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action(async (secrets: string[], options: AdoptOptions, command: Command) => {
      if (options.discover === true) return discover(secrets, options, command, services);
      if (options.connection !== undefined)
        throw usage("--connection goes with --discover", "Add --discover.");
      await adopt(secrets, options, command, services);
    });
}

async function adopt(
  names: readonly string[],
  options: AdoptOptions,
  command: Command,
  services: Services,
): Promise<void> {
  const { observedAndTold } = await import("./observed-work.ts");
  const { named } = await import("./select-secrets.ts");
  const config = await services.loadConfig(configOption(command, services));
  const secrets = named(config.secrets, names).map(({ secret }) => secret);
  await observedAndTold(services, {
    config,
    request: { kind: "adopt", secrets },
    wait: options.wait === true,
    log: logOption(command),
    json: options.json === true,
  });
}

async function discover(
  names: readonly string[],
  { connection, json }: AdoptOptions,
  command: Command,
  services: Services,
): Promise<void> {
  if (names.length > 0)
    throw usage("--discover looks for what is not configured yet", "Leave the secret's name out.");
  if (json === true) throw usage("--discover prints YAML", "Leave --json out.");
  const { showDiscovery } = await import("./show-discovery.ts");
  await showDiscovery(connection ?? null, configOption(command, services), services);
}

function usage(message: string, hint: string): RotationError {
  return new RotationError("usage", { kind: "rejected", message, hint });
}
