import type { Command } from "commander";
import { configOption, logOption } from "./config-option.ts";
import type { Services } from "./services.ts";

interface RetireOptions {
  readonly done?: true;
  readonly reason?: string;
  readonly wait?: true;
  readonly json?: true;
}

const DETAILS = `
Every consumer must be seen to use the current version. Without --done, the previous version is revoked if its overlap
is over, as \`rotate\` and \`recover\` do. With --done, a person says that it is revoked already where keyturn cannot
(issuer \`manual\`), whether or not the overlap is over; what keyturn still holds of it is then erased.

Example:
  keyturn retire vendor_key --done --reason "revoked on the vendor's page"`;

export function addRetire(program: Command, services: Services): void {
  program
    .command("retire")
    .description("revoke a previous version whose overlap is over, or say that a person did")
    .argument("<secret>")
    .option("--done", "the previous version is revoked already, by a person")
    .option("--reason <text>", "why, for the journal")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action((secret: string, options: RetireOptions, command: Command) =>
      retire(secret, options, command, services),
    );
}

async function retire(
  secret: string,
  options: RetireOptions,
  command: Command,
  services: Services,
): Promise<void> {
  const { claimedActor, observedAndTold } = await import("./observed-work.ts");
  const { named } = await import("./select-secrets.ts");
  const config = await services.loadConfig(configOption(command, services));
  named(config.secrets, [secret]);
  const { done = false, reason = null } = options;
  await observedAndTold(services, {
    config,
    request: { kind: "retire", retirement: { secret, done, reason, actor: claimedActor(services) } },
    wait: options.wait === true,
    log: logOption(command),
    json: options.json === true,
  });
}
