/** The files of a certificate, read so that what was half-written shows. */
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { RotationError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/time.ts";

export interface FilePaths {
  readonly certificate: string;
  readonly chain: string | null;
  readonly key: string;
}

/** The caller wipes `key`. */
export interface FileContents {
  /** Leaf and chain as they are written, one after the other. */
  readonly certificates: string;
  readonly key: Buffer;
  /** When the latest of them was written. */
  readonly writtenAt: Instant;
}

/** A chain of 100 certificates with keys of 8,192 bits has less. */
const LARGEST = 1024 * 1024;

interface Read {
  readonly bytes: Buffer;
  readonly writtenAt: Instant;
}

/** Throws `certificate-incomplete`, transient, for what cannot be read now and perhaps can be soon. */
export async function readFiles(paths: FilePaths, signal: AbortSignal): Promise<FileContents> {
  const certificate = await readOne(paths.certificate, signal);
  const chain = paths.chain === null ? null : await readOne(paths.chain, signal);
  const key = await readOne(paths.key, signal);
  const texts = [certificate, ...(chain === null ? [] : [chain])].map(({ bytes }) =>
    bytes.toString("latin1"),
  );
  return {
    certificates: texts.join("\n"),
    key: key.bytes,
    writtenAt: Math.max(certificate.writtenAt, chain?.writtenAt ?? 0, key.writtenAt),
  };
}

/** When anything was last written to the files, or to the folder of one that is not there. */
export async function lastChange({ certificate, chain, key }: FilePaths): Promise<Instant> {
  const paths = [certificate, key, ...(chain === null ? [] : [chain])];
  const times = paths.map(async (path) => {
    const found = await stat(path).catch(() => stat(dirname(path)).catch(() => null));
    return found === null ? 0 : Math.floor(found.mtimeMs);
  });
  return Math.max(...(await Promise.all(times)));
}

/** Whether everybody on the machine may read it. */
export async function isOpenToAll(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o004) !== 0;
}

async function readOne(path: string, signal: AbortSignal): Promise<Read> {
  if (signal.aborted)
    throw new RotationError("aborted", { kind: "transient", message: `reading ${path} was cancelled` });
  try {
    const handle = await open(path, "r");
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw refused(path, "is not a file", "rejected");
      if (found.size > LARGEST)
        throw refused(path, `has ${found.size} bytes, and no certificate has`, "rejected");
      // A link that was switched to a file of long ago is news all the same, but nothing that may still change.
      return { bytes: await handle.readFile(), writtenAt: Math.floor(found.mtimeMs) };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (thrown instanceof RotationError) throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
    throw refused(path, `could not be read (${code})`, code === "EACCES" ? "rejected" : "transient");
  }
}

function refused(path: string, what: string, kind: "transient" | "rejected"): RotationError {
  return new RotationError("certificate-incomplete", {
    kind,
    message: `${path} ${what}`,
    hint: "Check the path, and that the user who runs keyturn may read it; whoever renews the certificate may be at work just now.",
  });
}
