/** A configuration in a temporary folder, and kinds made for these tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { ConfigKinds, LoadedConfig } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { ConfigError, type Problem } from "../../../src/config/problem.ts";

export const KINDS: ConfigKinds = {
  issuers: [
    {
      kind: "entra-password",
      connectionKind: "entra",
      material: "issued",
      authenticates: true,
      overlap: () => "dual",
      schema: z.strictObject({
        connection: z.string(),
        application: z.string(),
        validFor: z.string().optional(),
        settle: z.string().optional(),
        adopt: z.array(z.string()).default([]),
      }),
    },
    {
      kind: "random",
      material: "supplied",
      authenticates: false,
      overlap: () => "none",
      schema: z.strictObject({ kind: z.literal("random"), length: z.int().default(32) }),
    },
  ],
  targets: [
    {
      kind: "file",
      schema: z.strictObject({
        path: z.string(),
        content: z.string().default("{value}"),
        mode: z.string().optional(),
        key: z.string().optional(),
        reload: z.array(z.looseObject({ kind: z.string() })).default([]),
      }),
    },
    {
      kind: "docker-secret",
      connectionKind: "docker",
      schema: z.strictObject({
        connection: z.string(),
        name: z.string(),
        content: z.string().default("{value}"),
        services: z.union([z.literal("auto"), z.array(z.string())]).default("auto"),
        converge: z.string().optional(),
      }),
    },
  ],
  reloads: [
    { kind: "signal", schema: z.strictObject({ pidFile: z.string(), signal: z.string().default("SIGHUP") }) },
  ],
  probes: [{ kind: "http", schema: z.strictObject({ url: z.string(), status: z.int().default(200) }) }],
  connections: [
    {
      kind: "entra",
      schema: z.strictObject({
        tenant: z.string(),
        clientId: z.string(),
        auth: z.union([
          z.strictObject({ certificateFile: z.string() }),
          z.strictObject({ clientSecretFile: z.string() }),
        ]),
      }),
    },
    { kind: "docker", schema: z.strictObject({ host: z.string() }) },
  ],
  containments: [
    {
      kind: "docker",
      connectionKind: "docker",
      schema: z.strictObject({ connection: z.string(), services: z.array(z.string()).default([]) }),
    },
  ],
  disablings: [],
  denials: [
    {
      kind: "docker-env",
      schema: z.strictObject({ service: z.string(), env: z.record(z.string(), z.string()) }),
    },
    {
      kind: "file",
      schema: z.strictObject({
        path: z.string(),
        from: z.string(),
        reload: z.array(z.looseObject({ kind: z.string() })).default([]),
      }),
    },
  ],
};

export const MAIN = `state:
  dir: ./state
  sealKeyFile: ./seal.key
schedules: ./schedules
connections:
  entra:
    kind: entra
    tenant: t
    clientId: c
    auth: { certificateFile: creds/entra.pem }
  swarm: { kind: docker, host: "unix:///var/run/docker.sock" }
`;

export const SCHEDULE = `policies:
  p:
    maxAge: 90d
secrets:
  api:
    policy: p
    issuer: { kind: entra-password, connection: entra, application: a }
    targets:
      - { kind: docker-secret, connection: swarm, name: api }
`;

/** Writes the files into a folder of their own that is gone when the test ends. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export function load(files: Readonly<Record<string, string | Uint8Array>>, env = {}): LoadedConfig {
  return loadConfig(join(folderWith(files), "keyturn.yaml"), KINDS, env);
}

/** The problems of a configuration that must be refused. */
export function problemsOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  env = {},
): readonly Problem[] {
  try {
    load(files, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** `file:line path: message`, with the file's own name only. */
export function tell({ file, line, path, message }: Problem): string {
  const name = file.split("/").slice(-1)[0];
  return `${name}:${line} ${path}: ${message}`;
}

export function tellAll(schedule: string, main = MAIN): readonly string[] {
  return problemsOf({ "keyturn.yaml": main, "schedules/a.yaml": schedule }).map(tell);
}
