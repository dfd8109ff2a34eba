import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { failed, proved, type Finding } from "../../domain/check.ts";
import type { Environment } from "../../domain/expand-path.ts";

/** Whether a program that a configuration names could be started; it is not. */
export async function inspectProgram(program: string, env: Environment): Promise<Finding> {
  const found = await findProgram(program, env);
  if (found !== null) return proved("program", `${found} is there and may be executed`);
  return failed(
    "program",
    `${program} is not there, or may not be executed by the user that keyturn runs as`,
    isAbsolute(program)
      ? `Install it, correct the path, or run \`chmod +x ${program}\`.`
      : `Install it, or give its whole path: it is looked for in ${env["PATH"] ?? "an empty PATH"}.`,
  );
}

/** As execvp(3) looks for it, from the root folder. */
async function findProgram(program: string, env: Environment): Promise<string | null> {
  const places = program.includes("/")
    ? [isAbsolute(program) ? program : join("/", program)]
    : (env["PATH"] ?? "").split(":").map((folder) => join(folder, program));
  for (const place of places) if (await isExecutable(place)) return place;
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
