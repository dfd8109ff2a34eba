import type { Command } from "commander";
import type { Services } from "./services.ts";

export function addInit(program: Command, services: Services): void {
  program
    .command("init")
    .description("write a commented keyturn.yaml, a schedule and a seal key; overwrites nothing")
    .argument("[dir]", "into this folder", ".")
    .action(async (folder: string) => {
      const { writeConfiguration } = await import("./write-configuration.ts");
      await writeConfiguration(folder, services);
    });
}
