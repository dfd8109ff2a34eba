/** `${VAR}` and `${VAR:-default}` in paths, expanded when a path is first needed. */
import { isAbsolute, resolve } from "node:path";
import { RotationError } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([^{}]*)\}/g;
const WELL_FORMED = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Says what is wrong with the way a path is written; `null` when it can be expanded given the right environment. */
export function pathFault(text: string): string | null {
  if (text === "") return "a path cannot be empty";
  if (text.includes("\0")) return "a path cannot contain a NUL character";
  for (const [whole, inner] of text.matchAll(REFERENCE)) {
    if (!WELL_FORMED.test(inner ?? "")) return `\`${whole}\` is neither \${NAME} nor \${NAME:-default}`;
  }
  if (text.replaceAll(REFERENCE, "").includes("${"))
    return "a `${` is never closed, or stands inside another";
  return null;
}

/** Expands `text` and anchors a relative result at `base`. As in a shell, an empty variable counts as unset. */
export function expandPath(text: string, env: Environment, base?: string): string {
  const fault = pathFault(text);
  if (fault !== null) throw invalid(fault, "Write the path out, or write ${NAME} or ${NAME:-default}.");
  const expanded = text.replaceAll(REFERENCE, (_whole, inner: string) => {
    const [, name = "", fallback] = WELL_FORMED.exec(inner) ?? [];
    const given = env[name] ?? "";
    const value = given === "" ? fallback : given;
    if (value === undefined) {
      throw invalid(
        `the path \`${text}\` needs the environment variable ${name}, which is not set`,
        `Set ${name}, or give a default: \${${name}:-/some/path}.`,
      );
    }
    return value;
  });
  if (expanded === "") throw invalid(`the path \`${text}\` is empty once expanded`, "Give a path.");
  return isAbsolute(expanded) || base === undefined ? expanded : resolve(base, expanded);
}

function invalid(message: string, hint: string): RotationError {
  return new RotationError("config-invalid", { kind: "rejected", message, hint });
}
