/** The bytes of the files that stood at the stable paths: one after the other, as the journal seals them. */
import { bytesOf, type Layout, type Stood } from "./layout.ts";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";

/** Null where none of them is a file. */
export async function contentOf(layout: Layout, stood: readonly Stood[]): Promise<SecretValue | null> {
  const files = stood.filter(({ type }) => type === "file");
  if (files.length === 0) return null;
  const all: Buffer[] = [];
  for (const { name } of files) all.push(await bytesOf(layout, name));
  const whole = Buffer.concat(all);
  try {
    return SecretValue.fromBytes(whole);
  } finally {
    for (const bytes of [whole, ...all]) bytes.fill(0);
  }
}

/** Each with its own bytes, which are copies; those of what is no file are empty. */
export function cut(
  stood: readonly Stood[],
  content: SecretValue | null,
  name: string,
): readonly { readonly each: Stood; readonly bytes: Buffer }[] {
  const sizes = stood.map((each) => (each.type === "file" ? each.size : 0));
  const whole = content?.revealBytes((bytes) => Buffer.from(bytes)) ?? Buffer.alloc(0);
  if (whole.length !== sizes.reduce((sum, size) => sum + size, 0)) throw lostContent(name);
  let at = 0;
  const pieces = stood.map((each, index) => {
    const bytes = Buffer.from(whole.subarray(at, at + (sizes[index] ?? 0)));
    at += bytes.length;
    return { each, bytes };
  });
  whole.fill(0);
  return pieces;
}

function lostContent(name: string): RotationError {
  return new RotationError("file-refused", {
    kind: "transient",
    message: `the files of ${name} changed while they were read`,
    hint: "Somebody else writes to them; keyturn looks again.",
  });
}
