import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import { addRotationOptions, planRequest, type RotationOptions } from "./rotation-options.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Reads the journal and every far side that a rotation would touch. Writes nothing,
takes no lease, and exits 0 whatever it finds.

Examples:
  keyturn plan                              what \`keyturn rotate\` would do now
  keyturn plan --now azure_secret           … and what it would do with this one
  keyturn plan --now --label team=mesh --outside-window`;

export function addPlan(program: Command, services: Services): void {
  const command = program
    .command("plan")
    .description("what a rotation would do now: why, when, and to whom; changes nothing")
    .argument("[secret...]", "these only");
  addRotationOptions(command)
    .option("--json", "print one JSON document")
    .addHelpText("after", DETAILS)
    .action(async (secrets: string[], options: RotationOptions, self: Command) => {
      const { showPlan } = await import("./show-plan.ts");
      const config = await services.loadConfig(configOption(self, services));
      await showPlan(config, planRequest(config.secrets, secrets, options), options, services);
    });
}
