import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { getCACertificates } from "node:tls";
import type { Certificate } from "../certificates/index.ts";
import { parseCertificate, readPem } from "../certificates/index.ts";
import { RotationError } from "../domain/errors.ts";
import { expandPath, type Environment } from "../domain/expand-path.ts";

/** `system`: what OpenSSL finds on this machine. `bundled`: Mozilla's list, as Node.js brings it. Else a file. */
export async function readTrust(
  sources: readonly string[],
  env: Environment,
  base = ".",
): Promise<readonly Certificate[]> {
  return (await Promise.all(sources.map((source) => readSource(source, env, base)))).flat();
}

async function readSource(source: string, env: Environment, base: string): Promise<readonly Certificate[]> {
  if (source === "system") return store(getCACertificates("system"));
  if (source === "bundled") return store(getCACertificates("bundled"));
  const path = expandPath(source, env, resolve(base));
  return readPem(await textOf(path), "CERTIFICATE").map(parseCertificate);
}

/** Debian's holds each three times. What cannot be read in it is no trust, and nobody's fault here. */
function store(pems: readonly string[]): readonly Certificate[] {
  return [...new Set(pems)].flatMap((pem) => {
    try {
      return readPem(pem, "CERTIFICATE").map(parseCertificate);
    } catch {
      return [];
    }
  });
}

const LARGEST = 4 * 1024 * 1024;

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= LARGEST) return bytes.toString("latin1");
  } catch (thrown) {
    throw unreadable(
      path,
      `could not be read (${(thrown as NodeJS.ErrnoException).code ?? "unknown error"})`,
    );
  }
  throw unreadable(path, `has more than ${LARGEST} bytes`);
}

function unreadable(path: string, problem: string): RotationError {
  return new RotationError("config-not-found", {
    kind: "rejected",
    message: `${path} ${problem}`,
    hint: "Name a PEM file with trusted certificates, `system` or `bundled`.",
  });
}
