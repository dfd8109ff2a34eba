import { allCommands, type CommandNode, type OptionNode, type Values } from "../command-tree.ts";

/** The file `keyturn.fish` for `~/.config/fish/completions`. */
export function fishCompletion(root: CommandNode): string {
  const lines = allCommands(root).flatMap(linesOf);
  return `# fish completion for keyturn, written by \`keyturn completion fish\`
function __keyturn_secrets
    keyturn status --json 2>/dev/null | string match -rag '"name":"([A-Za-z0-9_.-]+)"'
end
complete -c keyturn -f
${lines.join("\n")}
complete -c rotate -w 'keyturn rotate'
`;
}

function linesOf(command: CommandNode): readonly string[] {
  const condition = `complete -c keyturn -n ${quoted(conditionOf(command))}`;
  const children = command.commands.map(
    ({ path, description }) => `${condition} -a ${path.at(-1)} -d ${quoted(description)}`,
  );
  const options = [...command.options, ...command.inherited].map(
    (option) => `${condition} ${optionOf(option)}`,
  );
  const values = fill(command.values);
  return [...children, ...options, ...(values === null ? [] : [`${condition} ${values}`])];
}

/** Commands are offered until one of them is given. */
function conditionOf({ path, commands }: CommandNode): string {
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const inner = commands.map((child) => child.path.at(-1)).join(" ");
  return [...seen, ...(inner === "" ? [] : [`not __fish_seen_subcommand_from ${inner}`])].join("; and ");
}

function optionOf({ short, long, description, values }: OptionNode): string {
  const names = [...(short === null ? [] : [`-s ${short.slice(1)}`]), `-l ${long.slice(2)}`].join(" ");
  const value = values === null ? "" : ` ${fill(values) ?? "-x"}`;
  return `${names}${value} -d ${quoted(description)}`;
}

function fill(values: Values): string | null {
  switch (values.kind) {
    case "words":
      return `-x -a ${quoted(values.words.join(" "))}`;
    case "secrets":
      return "-x -a '(__keyturn_secrets)'";
    case "files":
      return "-r -F";
    case "folders":
      return "-x -a '(__fish_complete_directories)'";
    case "none":
      return null;
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
