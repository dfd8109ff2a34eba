import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import type { Services } from "./services.ts";

export function addConfig(program: Command, services: Services): void {
  const config = program.command("config").description("check the configuration, or print its schema");
  config
    .command("check")
    .description("validate everything and report every problem; connects to nothing")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: true }, command: Command) => {
      const { checkConfig } = await import("./check-config.ts");
      await checkConfig(configOption(command, services), options.json === true, services);
    });
  config
    .command("schema")
    .description("print a JSON Schema of keyturn.yaml and schedules/*.yaml, for editors")
    .action(async () => {
      services.stdout.write(`${JSON.stringify(await services.configSchema(), null, 2)}\n`);
    });
}
