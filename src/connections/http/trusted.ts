import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { RotationError } from "../../domain/errors.ts";
import { expandPath, type Environment } from "../../domain/expand-path.ts";

/** Node's own list and the file: `ca` replaces the list, and a `caFile` is meant as extra trust. `null`: the list. */
export async function trusted(
  caFile: string | undefined,
  env: Environment,
): Promise<readonly string[] | null> {
  if (caFile === undefined) return null;
  const path = expandPath(caFile, env);
  try {
    return [...rootCertificates, await readFile(path, "utf8")];
  } catch (thrown) {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not read ${path} (${(thrown as NodeJS.ErrnoException).code ?? "unknown error"})`,
      hint: "Check the caFile.",
    });
  }
}
