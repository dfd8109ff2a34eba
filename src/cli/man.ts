import type { Command } from "commander";
import type { Services } from "./services.ts";

const DETAILS = `
Examples:
  keyturn man | man -l -
  keyturn man > /usr/local/share/man/man1/keyturn.1`;

export function addMan(program: Command, services: Services): void {
  program
    .command("man")
    .description("print the manual page, in roff")
    .addHelpText("after", DETAILS)
    .action(async () => {
      const [{ commandTree }, { manPage }] = await Promise.all([
        import("./command-tree.ts"),
        import("./man-page.ts"),
      ]);
      services.stdout.write(manPage(commandTree(program), services.version));
    });
}
