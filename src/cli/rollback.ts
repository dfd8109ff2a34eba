import type { Command } from "commander";
import { configOption, logOption } from "./config-option.ts";
import type { Services } from "./services.ts";

interface RollbackOptions {
  readonly reason?: string;
  readonly wait?: true;
  readonly json?: true;
}

const DETAILS = `
Every consumer goes back to the version before the current one, which must still be alive, and is seen to use it; then
the bad version is revoked. The first version goes back to what was there before it. The secret is held afterwards: it
is not due before \`keyturn rotate --now\` gives it a new version. No window is waited for.

Example:
  keyturn rollback azure_secret --reason "sam-enterprise cannot sign in to the old tenant"`;

export function addRollback(program: Command, services: Services): void {
  program
    .command("rollback")
    .description("bring every consumer back to the previous version, and revoke the current one")
    .argument("<secret>")
    .option("--reason <text>", "why, for the journal")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON record a line")
    .addHelpText("after", DETAILS)
    .action((secret: string, options: RollbackOptions, command: Command) =>
      rollback(secret, options, command, services),
    );
}

async function rollback(
  secret: string,
  options: RollbackOptions,
  command: Command,
  services: Services,
): Promise<void> {
  const { claimedActor, observedAndTold } = await import("./observed-work.ts");
  const { named } = await import("./select-secrets.ts");
  const config = await services.loadConfig(configOption(command, services));
  named(config.secrets, [secret]);
  const actor = claimedActor(services);
  const json = options.json === true;
  await observedAndTold(services, {
    config,
    request: { kind: "rollback", rollback: { secret, reason: options.reason ?? null, actor } },
    wait: options.wait === true,
    log: logOption(command),
    json,
  });
}
