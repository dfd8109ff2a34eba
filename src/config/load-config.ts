/** keyturn.yaml and its schedules, read and checked as a whole. */
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expandPath, type Environment } from "../domain/expand-path.ts";
import { RotationError } from "../domain/errors.ts";
import type { ConfigKinds, ConfiguredLeaf, LoadedConfig } from "./config.ts";
import { byName, type Placed } from "./cross-checks.ts";
import { check, problemAt, valueAt, warningAt } from "./explain.ts";
import { scheduleFiles, scheduleFolders, stampFiles, stateDirectory } from "./fingerprint.ts";
import { checkLeaf, isRawLeaf } from "./leaves.ts";
import { readScopes } from "./lockdown.ts";
import { mainSchema, WITHOUT_EFFECT, type MainDocument } from "./main-schema.ts";
import { placeholders } from "./placeholders.ts";
import { ConfigError, type Problem, type Warning } from "./problem.ts";
import { readSchedules } from "./schedules.ts";
import { readSource, type Source } from "./source.ts";

/** Connects to nothing. Throws `ConfigError` with every problem there is. */
export function loadConfig(file: string, kinds: ConfigKinds, env: Environment): LoadedConfig {
  const path = resolve(file);
  const problems: Problem[] = [];
  const source = readSource(path);
  problems.push(...source.problems);
  if (source.value === null) throw failure(problems, []);
  const main = check(mainSchema, source.value, source, [], problems);
  if (typeof source.value !== "object" || Array.isArray(source.value)) throw failure(problems, []);
  const folders = findFolders(source, main, env, problems);
  const files = [path, ...folders.flatMap(scheduleFiles)];
  // Before the schedules are read: a file that is written meanwhile makes the stamp stale, never falsely fresh.
  const fingerprint = stampFiles(files);
  const warnings: Warning[] = [...withoutEffect(source), ...placeholders(source)];
  const connections = readConnections(source, kinds, problems);
  const sources = files.slice(1).map(readSource);
  warnings.push(...sources.flatMap(placeholders));
  const { secrets, scans } = readSchedules(
    sources,
    { kinds, base: dirname(path), connections: connections.declared },
    problems,
    warnings,
  );
  const lockdown = readScopes(main?.lockdown, {
    source,
    base: dirname(path),
    kinds,
    connections: connections.declared,
    secrets: sources.flatMap(writtenSecrets),
    channels: Object.keys(main?.notify ?? {}),
    problems,
  });
  if (sources.length === 0 && folders.length > 0) {
    warnings.push(warningAt(source, ["schedules"], "there is no *.yaml file in the schedules folder"));
  } else if (secrets.length + scans.length === 0 && problems.length === 0)
    warnings.push(warningAt(source, [], "no secret is configured"));
  if (main === null || problems.length > 0) throw failure(problems, warnings);
  return assemble({
    path,
    files,
    main,
    env,
    connections: connections.checked,
    secrets,
    lockdown,
    scans,
    warnings,
    fingerprint,
  });
}

/**
 * keyturn.yaml alone, for a lockdown that must begin although something is wrong with the schedules: there are no secrets in
 * what comes of it. Throws `ConfigError` when keyturn.yaml itself is wrong.
 */
export function loadWithoutSchedules(file: string, kinds: ConfigKinds, env: Environment): LoadedConfig {
  const path = resolve(file);
  const source = readSource(path);
  const problems: Problem[] = [...source.problems];
  if (source.value === null) throw failure(problems, []);
  const main = check(mainSchema, source.value, source, [], problems);
  const connections = readConnections(source, kinds, problems);
  const base = dirname(path);
  const channels = Object.keys(main?.notify ?? {});
  const ground = { source, base, kinds, connections: connections.declared, channels, problems };
  const lockdown = readScopes(main?.lockdown, { ...ground, secrets: null });
  if (main === null || problems.length > 0) throw failure(problems, []);
  const fingerprint = stampFiles([path]);
  const rest = { files: [path], secrets: [], scans: [], warnings: [], fingerprint };
  return assemble({ path, main, env, connections: connections.checked, lockdown, ...rest });
}

interface Parts extends Pick<
  LoadedConfig,
  "files" | "connections" | "secrets" | "scans" | "lockdown" | "warnings" | "fingerprint"
> {
  readonly path: string;
  readonly main: MainDocument;
  readonly env: Environment;
}

function assemble({ path, main, env, ...rest }: Parts): LoadedConfig {
  const base = dirname(path);
  const stateDir = () => stateDirectory(main.state.dir, path, env);
  return Object.freeze({
    file: path,
    get stateDir() {
      return stateDir();
    },
    get sealKeyFile() {
      return expandPath(main.state.sealKeyFile, env, base);
    },
    get auditDir() {
      return main.audit?.dir === undefined
        ? join(stateDir(), "audit")
        : expandPath(main.audit.dir, env, base);
    },
    get control() {
      const socket = (role: "operator" | "viewer"): string => {
        const written = main.control?.[role];
        return written === undefined ? join(stateDir(), `${role}.sock`) : expandPath(written, env, base);
      };
      const { operatorGroup = null, viewerGroup = null } = main.control ?? {};
      return { operator: socket("operator"), viewer: socket("viewer"), operatorGroup, viewerGroup };
    },
    http: main.http === undefined ? null : listenAddress(main.http.listen),
    logLevel: main.log?.level ?? "info",
    files: rest.files,
    connections: rest.connections,
    secrets: deepFreeze(rest.secrets),
    lockdown: deepFreeze(rest.lockdown),
    notify: new Map(Object.entries(main.notify ?? {})),
    scans: deepFreeze(rest.scans),
    warnings: deepFreeze(rest.warnings),
    fingerprint: rest.fingerprint,
  });
}

/** The schema has seen that it is HOST:PORT; an IPv6 address stands in brackets. */
function listenAddress(listen: string): { host: string; port: number } {
  const colon = listen.lastIndexOf(":");
  return { host: listen.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(listen.slice(colon + 1)) };
}

/** The schedule folders; what is wrong with one is a problem of keyturn.yaml. */
function findFolders(
  source: Source,
  main: MainDocument | null,
  env: Environment,
  problems: Problem[],
): readonly string[] {
  const written = main?.schedules ?? writtenSchedules(source.value);
  if (written === null) return [];
  try {
    const folders = scheduleFolders(written, source.file, env);
    for (const folder of folders) {
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) continue;
      const problem = problemAt(
        source,
        ["schedules"],
        `there is no folder ${folder}`,
        "Create it, or correct the path.",
      );
      problems.push({ ...problem, code: "config-not-found" });
    }
    return folders;
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    problems.push(problemAt(source, ["schedules"], error.message, error.hint));
    return [];
  }
}

/** When something else in keyturn.yaml is wrong, the schedules are still looked at, so that their problems are told too. */
function writtenSchedules(value: unknown): string | readonly string[] | null {
  const schedules = valueAt(value, ["schedules"]);
  if (schedules === undefined) return "./schedules";
  const list: readonly unknown[] = Array.isArray(schedules) ? schedules : [schedules];
  const paths = list.filter((item) => typeof item === "string");
  return paths.length === list.length ? paths : null;
}

/** Also those that are wrong: that a scope names one is then not a problem of its own. */
function writtenSecrets({ value }: Source): readonly string[] {
  const section = valueAt(value, ["secrets"]);
  return typeof section === "object" && section !== null ? Object.keys(section) : [];
}

interface Connections {
  readonly checked: ReadonlyMap<string, ConfiguredLeaf>;
  /** Kind by name, of wrong ones too: that a secret names one is then not a problem of its own. */
  readonly declared: ReadonlyMap<string, string>;
}

function readConnections(source: Source, kinds: ConfigKinds, problems: Problem[]): Connections {
  const raw = valueAt(source.value, ["connections"]);
  const entries = typeof raw === "object" && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : [];
  const placed = entries.map(([name, entry]): Placed<unknown> => ({
    name,
    source,
    path: ["connections", name],
    entry,
  }));
  const checked = new Map<string, ConfiguredLeaf>();
  const declared = new Map<string, string>();
  for (const { name, path, entry } of byName("connection", placed, problems).values()) {
    declared.set(name, isRawLeaf(entry) ? entry.kind : "");
    if (!isRawLeaf(entry)) continue;
    const site = { source, path, base: dirname(source.file), problems };
    const { leaf } = checkLeaf("connection", entry, kinds.connections, site);
    if (leaf !== null) checked.set(name, deepFreeze(leaf));
  }
  return { checked, declared };
}

function withoutEffect(source: Source): Warning[] {
  return WITHOUT_EFFECT.filter((path) => valueAt(source.value, path) !== undefined).map((path) =>
    warningAt(source, path, "is accepted, and has no effect in this version of keyturn"),
  );
}

function failure(problems: readonly Problem[], warnings: readonly Warning[]): ConfigError {
  const [first, ...rest] = problems;
  if (first === undefined)
    throw new RotationError("internal", {
      kind: "invariant",
      message: "a configuration was refused without a reason",
    });
  return new ConfigError([first, ...rest], warnings);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
