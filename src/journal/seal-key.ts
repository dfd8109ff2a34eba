import { createHash, randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { inspect } from "node:util";
import { RotationError } from "../domain/errors.ts";

const SEAL_KEY_BYTES = 32;

/** 32 bytes in base64, and the line end that editors and shells leave. */
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=\r?\n?$/;
const MAX_FILE_BYTES = 128;

/** The key that wraps every data key. Prints as `[seal key]`. */
export class SealKey {
  readonly #bytes: Buffer;
  /** Tells keys apart without telling anything about them: the input has 256 bits of entropy. */
  readonly id: string;

  /** Takes `bytes` over: the caller must not use or wipe them. */
  constructor(bytes: Buffer) {
    if (bytes.length !== SEAL_KEY_BYTES) throw new TypeError("a seal key has 32 bytes");
    this.#bytes = bytes;
    this.id = createHash("sha256").update("keyturn seal key id\0").update(bytes).digest("hex").slice(0, 32);
  }

  use<T>(use: (bytes: Buffer) => T): T {
    return use(this.#bytes);
  }

  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return "[seal key]";
  }

  toJSON(): string {
    return "[seal key]";
  }

  [inspect.custom](): string {
    return "[seal key]";
  }
}

export function newSealKey(): SealKey {
  return new SealKey(randomBytes(SEAL_KEY_BYTES));
}

/** A new key as it stands in its file. */
export function generateSealKey(): string {
  const bytes = randomBytes(SEAL_KEY_BYTES);
  const text = `${bytes.toString("base64")}\n`;
  bytes.fill(0);
  return text;
}

/**
 * Reads a seal key that nobody else may read. `credentialsDirectory` is the folder systemd made for this service, if
 * any: there a file is root's and readable through an access list, which `stat` shows as 0440.
 */
export function loadSealKey(path: string, credentialsDirectory?: string): SealKey {
  const text = readPrivately(path, credentialsDirectory);
  if (!BASE64_KEY.test(text.toString("latin1"))) {
    text.fill(0);
    throw invalid(
      path,
      "does not hold 32 bytes in base64",
      "Make one with `keyturn init`, or `openssl rand -base64 32`.",
    );
  }
  const bytes = Buffer.alloc(SEAL_KEY_BYTES);
  bytes.write(text.toString("latin1"), "base64");
  text.fill(0);
  return new SealKey(bytes);
}

function readPrivately(path: string, credentialsDirectory: string | undefined): Buffer {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: a named pipe in its place must not hang us.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    checkAccess(path, fstatSync(descriptor), credentialsDirectory);
    const buffer = Buffer.alloc(MAX_FILE_BYTES);
    return buffer.subarray(0, readSync(descriptor, buffer));
  } catch (thrown) {
    if (thrown instanceof RotationError) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown fault";
    const hint =
      code === "ENOENT"
        ? "Make one with `keyturn init`."
        : `Let keyturn's user read it, and nobody else: mode 0400.`;
    throw invalid(path, `cannot be read (${code})`, hint);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function checkAccess(path: string, stats: Stats, credentialsDirectory: string | undefined): void {
  if (!stats.isFile())
    throw invalid(path, "is not a regular file", "Name the key file itself in state.sealKeyFile.");
  const mine = process.geteuid?.() ?? stats.uid;
  if (stats.uid !== mine && stats.uid !== 0) {
    throw invalid(path, `belongs to user ${stats.uid}`, `Run \`chown ${mine} ${path}\`.`);
  }
  const fromSystemd =
    credentialsDirectory !== undefined &&
    dirname(resolve(path)) === resolve(credentialsDirectory) &&
    stats.uid === 0;
  const forbidden = fromSystemd ? 0o037 : 0o077;
  if ((stats.mode & forbidden) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
    throw invalid(path, `has mode ${mode}, so others may read or change it`, `Run \`chmod 0600 ${path}\`.`);
  }
}

function invalid(path: string, what: string, hint: string): RotationError {
  return new RotationError("seal-key-invalid", {
    kind: "rejected",
    message: `the seal key ${path} ${what}`,
    hint,
  });
}
