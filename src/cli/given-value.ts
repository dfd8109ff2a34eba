/** The value that a person gives with `--value-stdin`: through a pipe as it is, on a terminal unseen and twice. */
import { isUtf8 } from "node:buffer";
import { RotationError } from "../domain/errors.ts";
import { SecretValue } from "../domain/material.ts";
import type { Given } from "../run/work.ts";
import type { Services } from "./services.ts";

const LONGEST_BYTES = 64 * 1024;

/** Throws `usage` unless one secret is named, and unless what comes is a value: nothing is shown of it either way. */
export async function readGiven(services: Services, names: readonly string[]): Promise<Given> {
  const [secret, ...others] = names;
  if (secret === undefined || others.length > 0)
    throw refused("--value-stdin is the value of one secret", "Name that secret, and no other.");
  const stdin = services.stdin();
  const bytes = stdin.isTTY
    ? await (await import("./ask-unseen.ts")).askTwice(secret, stdin, services.stderr)
    : withoutLineEnd(await readAll(stdin));
  try {
    assertValue(bytes);
    return { secret, material: { value: SecretValue.fromBytes(bytes) } };
  } finally {
    bytes.fill(0);
  }
}

async function readAll(stdin: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    let size = 0;
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      // A line end more is not part of the value.
      if ((size += chunk.length) > LONGEST_BYTES + 2) throw tooLong();
    }
    return Buffer.concat(chunks);
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

/** Exactly one: `echo`, editors and here-documents add it. */
function withoutLineEnd(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

function assertValue(bytes: Buffer): void {
  if (bytes.length === 0) throw refused("the value on standard input is empty", "Nothing was changed.");
  if (bytes.length > LONGEST_BYTES) throw tooLong();
  if (bytes.includes(0) || !isUtf8(bytes))
    throw refused(
      "the value on standard input is not text",
      "It must be UTF-8 without NUL; encode it first.",
    );
}

function tooLong(): RotationError {
  return refused(
    `the value on standard input is longer than ${LONGEST_BYTES / 1024} KiB`,
    "Nothing was changed.",
  );
}

function refused(message: string, hint: string): RotationError {
  return new RotationError("usage", { kind: "rejected", message, hint });
}
