import { allCommands, type CommandNode, type OptionNode, type Values } from "../command-tree.ts";

/** The script for `source <(keyturn completion bash)`. It works under `set -u`, and without bash-completion. */
export function bashCompletion(root: CommandNode): string {
  const commands = allCommands(root);
  const options = commands.flatMap((command) => command.options);
  const valued = options.filter((option) => option.values !== null);
  const skipped = unique(valued.filter(({ long }) => long !== "--config").flatMap(spellings));
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `" ${path.join(" ")}"`);
  return `# bash completion for keyturn, written by \`keyturn completion bash\`
_keyturn_secrets() {
  "$@" status --json 2>/dev/null | grep -oE '"name":"[A-Za-z0-9_.-]+"' | cut -d '"' -f 4
}

_keyturn() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path= words= options= word i
  local -a self=("\${COMP_WORDS[0]}")
  if [[ \${self##*/} == rotate ]]; then
    path=" rotate"
    self=("\${self%rotate}keyturn")
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      -c | --config) self+=(--config "\${COMP_WORDS[++i]}") ;;
      ${skipped.join(" | ")}) i=$((i + 1)) ;;
      -*) ;;
      *)
        case "$path $word" in
          ${paths.join(" | ")}) path="$path $word" ;;
        esac
        ;;
    esac
  done
  COMPREPLY=()
  case $prev in
${unique(valued.map(afterOption)).join("\n")}
  esac
  case $path in
${commands.map(inCommand).join("\n")}
  esac
  [[ $cur == -* ]] && words=$options
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}
complete -F _keyturn keyturn rotate
`;
}

/** Lets bash put a slash after folders. It is an error outside of a completion that is under way. */
const FILENAMES = "      compopt -o filenames 2>/dev/null";

function afterOption(option: OptionNode): string {
  const fill = option.values === null ? null : generator(option.values);
  return `    ${spellings(option).join(" | ")}) ${fill === null ? "" : `COMPREPLY=($(${fill})); `}return ;;`;
}

function inCommand(command: CommandNode): string {
  const { path, commands, options, inherited, values } = command;
  const words = [
    ...commands.map((child) => child.path.at(-1) ?? ""),
    ...(values.kind === "words" ? values.words : []),
  ];
  const lines = [
    `    "${["", ...path].join(" ")}")`,
    `      words="${words.join(" ")}"`,
    `      options="${[...options, ...inherited].flatMap(spellings).join(" ")}"`,
  ];
  if (values.kind === "secrets")
    lines.push(`      [[ $cur == -* ]] || words=$(_keyturn_secrets "\${self[@]}")`);
  if (values.kind === "folders") lines.push(`      COMPREPLY=($(compgen -d -- "$cur"))`, FILENAMES);
  return [...lines, "      ;;"].join("\n");
}

function generator(values: Values): string | null {
  if (values.kind === "words") return `compgen -W "${values.words.join(" ")}" -- "$cur"`;
  return values.kind === "files" ? `compgen -f -- "$cur"` : null;
}

function spellings({ short, long }: OptionNode): readonly string[] {
  return short === null ? [long] : [short, long];
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
