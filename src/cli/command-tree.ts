/** The commands as data, read from the parser itself: what completion and the manual page are made of. */
import type { EventEmitter } from "node:events";
import type { Argument, Command, Option } from "commander";
import { ERROR_CODES } from "../domain/errors.ts";

/** What an argument or an option's value can be completed with. */
export type Values =
  | { readonly kind: "none" | "secrets" | "files" | "folders" }
  | { readonly kind: "words"; readonly words: readonly string[] };

export interface OptionNode {
  /** As help shows it: `-n, --limit <count>`. */
  readonly flags: string;
  readonly short: string | null;
  readonly long: string;
  readonly description: string;
  /** Null for an option without a value. */
  readonly values: Values | null;
}

export interface CommandNode {
  /** Names below the program, outermost first. */
  readonly path: readonly string[];
  readonly description: string;
  /** As help shows it, without the names before. */
  readonly usage: string;
  readonly arguments: readonly { readonly name: string; readonly description: string }[];
  /** Of its first argument; further ones are completed like it. */
  readonly values: Values;
  readonly options: readonly OptionNode[];
  /** Options of the program that may stand here too. */
  readonly inherited: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
  /** What help adds below the options: remarks and examples. */
  readonly details: string;
}

export function commandTree(program: Command): CommandNode {
  return commandNode(program, [], []);
}

function commandNode(command: Command, path: readonly string[], siblings: readonly string[]): CommandNode {
  const help = command.createHelp();
  help.showGlobalOptions = true;
  // `keyturn help config check` says it too.
  const children = help
    .visibleCommands(command)
    .filter((child) => path.length === 0 || child.name() !== "help");
  const names = children.map((child) => child.name());
  const [first] = command.registeredArguments;
  return {
    path,
    description: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map((each) => ({
      name: each.name(),
      description: each.description,
    })),
    values: first === undefined ? { kind: "none" } : valuesOf(first, siblings),
    options: help.visibleOptions(command).map(optionNode),
    inherited: help
      .visibleGlobalOptions(command)
      .filter(({ long }) => long !== "--version")
      .map(optionNode),
    commands: children.map((child) => commandNode(child, [...path, child.name()], names)),
    details: detailsOf(command),
  };
}

export function allCommands(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)];
}

function optionNode(option: Option): OptionNode {
  const { flags, description, short = null, long } = option;
  return {
    flags,
    short,
    long: long ?? "",
    description,
    values: option.required || option.optional ? valuesOfOption(option) : null,
  };
}

function valuesOfOption({ argChoices, flags }: Option): Values {
  if (argChoices !== undefined) return { kind: "words", words: argChoices };
  return { kind: flags.includes("<file>") ? "files" : "none" };
}

function valuesOf(argument: Argument, siblings: readonly string[]): Values {
  if (argument.argChoices !== undefined) return { kind: "words", words: argument.argChoices };
  switch (argument.name()) {
    case "secret":
      return { kind: "secrets" };
    case "file":
      return { kind: "files" };
    case "dir":
      return { kind: "folders" };
    case "command":
      return { kind: "words", words: siblings };
    case "code":
      return { kind: "words", words: Object.keys(ERROR_CODES) };
    default:
      return { kind: "none" };
  }
}

/** `addHelpText` keeps its text in a listener; asked as help asks it, it gives the text away. */
function detailsOf(command: Command): string {
  let text = "";
  const write = (more: string): void => void (text += more);
  (command as unknown as EventEmitter).emit("afterHelp", { error: false, command, write });
  return text.trim();
}
