import { readFile } from "node:fs/promises";
import { RotationError } from "../../domain/errors.ts";
import { expandPath, type Environment } from "../../domain/expand-path.ts";

/** The text in a file, without the line break that editors leave; null for no file. */
export async function readTextFile(path: string | undefined, env: Environment): Promise<string | null> {
  if (path === undefined) return null;
  const expanded = expandPath(path, env);
  try {
    return (await readFile(expanded, "utf8")).replace(/\r?\n$/, "");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not read ${expanded} (${code})`,
      hint: "Check the channel's files under `notify`.",
    });
  }
}
