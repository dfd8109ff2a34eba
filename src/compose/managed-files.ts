/** Files that secrets are written to, or come from, as far as the configuration tells their paths. */
import { join, resolve } from "node:path";
import type { ConfiguredSecret, LoadedConfig } from "../config/config.ts";
import { expandPath, type Environment } from "../domain/expand-path.ts";

export interface ManagedFile {
  readonly path: string;
  readonly secret: string;
  /** Of a secret whose versions are certificates. */
  readonly isCertificate: boolean;
}

export function managedFiles(config: LoadedConfig, env: Environment): readonly ManagedFile[] {
  return config.secrets.flatMap((secret) =>
    pathsOf(secret).flatMap((written) => {
      const path = expanded(written, env);
      const isCertificate = secret.issuer.kind === "certificate-file";
      return path === null ? [] : [{ path, secret: secret.secret, isCertificate }];
    }),
  );
}

/** What a kind's own schema has checked, read by the names of its keys. */
interface Paths {
  readonly path?: unknown;
  readonly files?: unknown;
  readonly certificateFile?: unknown;
  readonly chainFile?: unknown;
  readonly keyFile?: unknown;
}

function pathsOf({ issuer, targets }: ConfiguredSecret): readonly string[] {
  const { certificateFile, chainFile, keyFile } = (issuer.config ?? {}) as Paths;
  const written = targets.flatMap(({ config }) => {
    const { path, files } = (config ?? {}) as Paths;
    if (typeof path !== "string" || typeof files !== "object" || files === null) return [path];
    return Object.keys(files).map((name) => join(path, name));
  });
  return [certificateFile, chainFile, keyFile, ...written].filter((path) => typeof path === "string");
}

/** One that needs a variable which is not set is nobody's here. */
function expanded(written: string, env: Environment): string | null {
  try {
    return resolve(expandPath(written, env));
  } catch {
    return null;
  }
}
