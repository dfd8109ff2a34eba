/** Puts together what a check of certificates needs. Takes no lease and writes nothing. */
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { checkTargets, peerName, type Sources, type Target } from "../certificates/index.ts";
import type { CertificateCheck, CheckedCertificates } from "../cli/services.ts";
import { readServed } from "../connections/tls/read-served.ts";
import { RotationError } from "../domain/errors.ts";
import type { Environment } from "../domain/expand-path.ts";
import { readTrust } from "./trust.ts";
import { endpointTarget } from "./endpoint-target.ts";
import { readDockerConfig } from "./docker-config.ts";

export async function checkCertificates(
  check: CertificateCheck,
  env: Environment,
  signal: AbortSignal,
): Promise<CheckedCertificates> {
  const targets = check.targets.map((text) => targetOf(text, check));
  const [trust, pool, password] = await Promise.all([
    readTrust(check.trust, env),
    readTrust(check.pool, env),
    check.passwordFile === null ? undefined : readPassword(check.passwordFile),
  ]);
  // A configuration that is wrong is told as that, and not of a target.
  if (targets.some(({ kind }) => kind === "docker-config")) await check.config();
  const sources: Sources = {
    served: (endpoint, stop) => readServed(endpoint, check.timeoutMs, stop),
    dockerConfig: async (connection, name, stop) =>
      readDockerConfig({ config: await check.config(), connection, name, env, signal: stop }),
  };
  const order = {
    targets: distinct([...targets, ...check.keys.map((path): Target => ({ kind: "path", path }))]),
    trust,
    pool,
    names: check.names.map(peerName),
    at: check.at,
    ...(check.soon !== null && { soon: check.soon }),
    ...(password !== undefined && { password }),
  };
  return { reports: await checkTargets(order, sources, signal), anchors: trust.length };
}

const DOCKER_CONFIG = /^docker-config:(?:([^/]+)\/)?([^/]+)$/;

/** What is there is a path; what is not may be a server or a config. Throws `usage`. */
function targetOf(text: string, check: CertificateCheck): Target {
  if (statSync(resolve(text), { throwIfNoEntry: false }) !== undefined) return { kind: "path", path: text };
  const config = DOCKER_CONFIG.exec(text);
  if (config !== null)
    return { kind: "docker-config", label: text, connection: config[1] ?? null, name: config[2] ?? "" };
  const endpoint = endpointTarget(text, check);
  if (endpoint !== null) return endpoint;
  throw new RotationError("usage", {
    kind: "rejected",
    message: `${text}: there is no such file, and it is no host:port`,
    hint: "Name a file, a folder, host:port, or docker-config:NAME.",
  });
}

function distinct(targets: readonly Target[]): readonly Target[] {
  const keyOf = (target: Target) => (target.kind === "path" ? resolve(target.path) : JSON.stringify(target));
  return [...new Map(targets.map((target) => [keyOf(target), target])).values()];
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (thrown) {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `${path} could not be read (${(thrown as NodeJS.ErrnoException).code ?? "unknown error"})`,
      hint: "Check the path that --password-file names.",
    });
  }
}
