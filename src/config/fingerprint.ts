/**
 * What `status` needs of the configuration, without zod and mostly without a YAML parser: where the state is, and
 * whether the files are still those that a journal's projection of the policies was made from.
 */
import { hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { expandPath, type Environment } from "../domain/expand-path.ts";
import { RotationError } from "../domain/errors.ts";
import { MOST_BYTES, scanSettings, type Settings } from "./scan-settings.ts";

export interface Fingerprint {
  readonly file: string;
  readonly stateDir: string;
  /** Changes when a file of the configuration is added, removed or written. */
  readonly stamp: string;
}

const DEFAULT_FILE = "/etc/keyturn/keyturn.yaml";

/** `--config FILE`, else `$KEYTURN_CONFIG`, else the system's. */
export function configFile(option: string | undefined, env: Environment): string {
  return resolve(option ?? nonEmpty(env["KEYTURN_CONFIG"]) ?? DEFAULT_FILE);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** Throws `config-not-found` or `config-invalid`; whether the rest of the files is valid is not looked at. */
export async function readFingerprint(file: string, env: Environment): Promise<Fingerprint> {
  const path = resolve(file);
  const settings = await readSettings(path);
  const folders = scheduleFolders(settings.schedules, path, env);
  return {
    file: path,
    stateDir: stateDirectory(settings.stateDir, path, env),
    stamp: stampFiles([path, ...folders.flatMap(scheduleFiles)]),
  };
}

/** The state's folder, absolute. */
export function stateDirectory(written: string | undefined, file: string, env: Environment): string {
  if (written !== undefined) return expandPath(written, env, dirname(file));
  // systemd gives several folders separated by colons; the first is the unit's own.
  const inherited = (env["STATE_DIRECTORY"] ?? "").split(":")[0] ?? "";
  if (isAbsolute(inherited)) return inherited;
  throw new RotationError("config-invalid", {
    kind: "rejected",
    message: `${file}: state.dir: is missing, and $STATE_DIRECTORY is not set`,
    hint: "Write `state: { dir: /var/lib/keyturn }`, or start keyturn from a systemd unit with StateDirectory=.",
  });
}

export function scheduleFolders(
  written: string | readonly string[],
  file: string,
  env: Environment,
): readonly string[] {
  const folders = typeof written === "string" ? [written] : written;
  return folders.map((folder) => expandPath(folder, env, dirname(file)));
}

/** The *.yaml files of a folder by name; empty when it cannot be read. */
export function scheduleFiles(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith("."));
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Path, size and times of each file. The change time is part of it, since a copy can keep size and mtime. */
export function stampFiles(files: readonly string[]): string {
  const lines = files.map((file) => {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat === undefined
      ? `${file}\0gone`
      : `${file}\0${stat.size}\0${stat.mtimeNs}\0${stat.ctimeNs}\0${stat.ino}`;
  });
  return hash("sha256", lines.join("\n"));
}

async function readSettings(file: string): Promise<Settings> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() === true && stat.size <= MOST_BYTES) {
    const settings = scanSettings(readFileSync(file, "utf8"));
    if (settings !== null) return settings;
  }
  const { parseSettings } = await import("./parse-settings.ts");
  return parseSettings(file);
}
