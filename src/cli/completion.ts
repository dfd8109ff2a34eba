import { Argument, type Command } from "commander";
import type { CommandNode } from "./command-tree.ts";
import type { Services } from "./services.ts";

const SHELLS: Readonly<Record<string, () => Promise<(root: CommandNode) => string>>> = {
  bash: async () => (await import("./completion/bash.ts")).bashCompletion,
  zsh: async () => (await import("./completion/zsh.ts")).zshCompletion,
  fish: async () => (await import("./completion/fish.ts")).fishCompletion,
};

const DETAILS = `
Examples:
  source <(keyturn completion bash)
  keyturn completion zsh > "\${fpath[1]}/_keyturn"
  keyturn completion fish > ~/.config/fish/completions/keyturn.fish`;

export function addCompletion(program: Command, services: Services): void {
  program
    .command("completion")
    .description("print a script that completes commands, options and secrets in a shell")
    .addArgument(new Argument("<shell>", "whose script").choices(Object.keys(SHELLS)))
    .addHelpText("after", DETAILS)
    .action(async (shell: string) => {
      const [{ commandTree }, script] = await Promise.all([import("./command-tree.ts"), SHELLS[shell]?.()]);
      services.stdout.write(script?.(commandTree(program)) ?? "");
    });
}
