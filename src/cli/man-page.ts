/** The manual page, in roff with the man macros (groff_man(7)), made of the same words as `--help`. */
import type { CommandNode, OptionNode } from "./command-tree.ts";

export function manPage(root: CommandNode, version: string): string {
  const lines = [
    `.TH KEYTURN 1 "" "keyturn ${escaped(version)}" "User Commands"`,
    ".SH NAME",
    "keyturn \\- rotates secrets without locking anybody out",
    ".SH SYNOPSIS",
    ...[".B keyturn", escaped(root.usage)],
    ".br",
    ...[".B rotate", escaped(usageOf(root, "rotate"))],
    ".SH DESCRIPTION",
    escaped(root.description),
    ".P",
    escaped(
      "`rotate` is a second name for `keyturn rotate`. The options below may stand with every command.",
    ),
    ".SH OPTIONS",
    ...root.options.flatMap(optionLines),
    ".SH COMMANDS",
    ...root.commands.flatMap((command) => commandLines(command)),
    ...root.details.split("\n\n").flatMap((block) => blockLines(block, ".SH")),
    ".SH FILES",
    ...term("/etc/keyturn/keyturn.yaml", "The configuration, unless another one is named."),
    ".SH ENVIRONMENT",
    ...term("KEYTURN_CONFIG", "Names the configuration."),
    ...term("NO_COLOR", "Switches colour off."),
  ];
  return `${lines.join("\n")}\n`;
}

function usageOf(root: CommandNode, name: string): string {
  return root.commands.find(({ path }) => path[0] === name)?.usage ?? "";
}

function commandLines(command: CommandNode): readonly string[] {
  const { path, usage, description, arguments: args, options, commands, details } = command;
  if (commands.length > 0) return commands.flatMap(commandLines);
  return [
    `.SS "keyturn ${escaped(path.join(" "))}"`,
    `.B keyturn ${escaped(path.join(" "))}`,
    escaped(usage),
    ".P",
    escaped(sentence(description)),
    ...args
      .filter((each) => each.description !== "")
      .flatMap(({ name, description: text }) => term(name, text)),
    ...options.filter(({ long }) => long !== "--help").flatMap(optionLines),
    ...(details === "" ? [] : details.split("\n\n").flatMap((block) => blockLines(block, ".P"))),
  ];
}

function optionLines({ flags, description }: OptionNode): readonly string[] {
  return term(flags, description);
}

function term(name: string, text: string): readonly string[] {
  return [".TP", `.B ${escaped(name)}`, escaped(text)];
}

/** A block of help that has a heading stands as it is; one without is running text. */
function blockLines(block: string, heading: ".SH" | ".P"): readonly string[] {
  const match = /^([A-Z][A-Za-z ]*):\s+/.exec(block);
  if (match === null) return [".P", ...block.split("\n").map(escaped)];
  const title = match[1] ?? "";
  const head = heading === ".SH" ? [`.SH "${title.toUpperCase()}"`] : [".P", `${title}:`];
  const body = block.slice(match[0].length).split("\n");
  return [...head, ".P", ".nf", ...body.map((line) => escaped(line.trim())), ".fi"];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A backslash is roff's escape, a hyphen would become a dash, and a line may not begin like a request. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replace(/^([.'])/, "\\&$1");
}
