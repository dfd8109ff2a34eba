import { allCommands, type CommandNode, type OptionNode, type Values } from "../command-tree.ts";

/** The file `_keyturn` for a folder of `$fpath`. */
export function zshCompletion(root: CommandNode): string {
  const functions = allCommands(root).map(functionOf);
  return `#compdef keyturn rotate
# zsh completion for keyturn, written by \`keyturn completion zsh\`
_keyturn_secrets() {
  local -a names
  names=(\${(f)"$(keyturn status --json 2>/dev/null | grep -oE '"name":"[A-Za-z0-9_.-]+"' | cut -d '"' -f 4)"})
  compadd -a names
}

${functions.join("\n\n")}

_keyturn "$@"
`;
}

function functionOf(command: CommandNode): string {
  const name = functionName(command);
  const specs = [...command.options, ...command.inherited].map(optionSpec);
  if (command.commands.length === 0) {
    const values = action(command.values);
    const rest = values === null ? [] : [quoted(`*:${command.arguments[0]?.name ?? ""}:${values}`)];
    return `${name}() {\n  _arguments ${[...specs, ...rest].join(" \\\n    ")}\n}`;
  }
  const described = command.commands.map(({ path, description }) =>
    quoted(`${path.at(-1)}:${description.replaceAll(":", "\\:")}`),
  );
  const branches = command.commands.map((child) => `${child.path.at(-1)}) ${functionName(child)} ;;`);
  // zsh keeps what this file defines, so the second name must be known inside.
  const alias =
    command.path.length > 0
      ? ""
      : '  if [[ $service == rotate ]]; then\n    _keyturn_rotate "$@"\n    return\n  fi\n';
  return `${name}() {
${alias}  local context state line
  local -a commands
  typeset -A opt_args
  commands=(
    ${described.join("\n    ")}
  )
  _arguments -C \\
    ${specs.join(" \\\n    ")} \\
    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
        ${branches.join("\n        ")}
      esac
      ;;
  esac
}`;
}

function functionName({ path }: CommandNode): string {
  return ["_keyturn", ...path].join("_");
}

function optionSpec({ short, long, description, values }: OptionNode): string {
  const fill = values === null ? "" : `:value:${action(values) ?? ""}`;
  const text = `[${description.replace(/[[\]:\\]/g, "\\$&")}]${fill}`;
  // Offered again when it is there already: `--label` may be given several times.
  if (short === null) return quoted(`*${long}${text}`);
  return `'(${short} ${long})'{${short},${long}}${quoted(text)}`;
}

function action(values: Values): string | null {
  switch (values.kind) {
    case "words":
      return `(${values.words.join(" ")})`;
    case "secrets":
      return "_keyturn_secrets";
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "none":
      return null;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
