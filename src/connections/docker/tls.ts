import { readFile } from "node:fs/promises";
import { RotationError } from "../../domain/errors.ts";
import { expandPath, type Environment } from "../../domain/expand-path.ts";
import type { DockerConnectionConfig } from "./schema.ts";

/** The texts of the files that a connection's `tls` names. */
export async function readTls(
  tls: NonNullable<DockerConnectionConfig["tls"]>,
  env: Environment,
): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }> {
  const [ca = "", cert = "", key = ""] = await Promise.all(
    [tls.caFile, tls.certFile, tls.keyFile].map((path) => readCredential(path, env)),
  );
  return { ca, cert, key };
}

async function readCredential(path: string, env: Environment): Promise<string> {
  try {
    return await readFile(expandPath(path, env), "utf8");
  } catch (thrown) {
    if (thrown instanceof RotationError) throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not read ${path} (${code})`,
      hint: "Check the connection's tls block.",
    });
  }
}
