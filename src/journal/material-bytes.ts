/** Material as bytes, in buffers of our own that can be wiped: per part its name and its value, each after its length. */
import { SecretValue } from "../domain/material.ts";
import type { Material } from "../domain/material.ts";

const LENGTH_BYTES = 4;

/** The caller wipes what it gets. */
export function encodeMaterial(material: Material): Buffer {
  const parts = Object.entries(material).sort(([a], [b]) => (a < b ? -1 : 1));
  let size = 0;
  for (const [name, value] of parts) {
    size += 2 * LENGTH_BYTES + Buffer.byteLength(name) + value.revealBytes((bytes) => bytes.length);
  }
  const encoded = Buffer.alloc(size);
  let at = 0;
  for (const [name, value] of parts) {
    at = writeField(encoded, at, Buffer.from(name, "utf8"));
    at = value.revealBytes((bytes) => writeField(encoded, at, bytes));
  }
  return encoded;
}

export function decodeMaterial(encoded: Buffer): Material {
  const parts: [string, SecretValue][] = [];
  let at = 0;
  while (at < encoded.length) {
    const name = readField(encoded, at);
    const value = readField(encoded, at + LENGTH_BYTES + name.length);
    parts.push([name.toString("utf8"), SecretValue.fromBytes(value)]);
    at += 2 * LENGTH_BYTES + name.length + value.length;
  }
  return Object.fromEntries(parts);
}

function writeField(into: Buffer, at: number, bytes: Buffer): number {
  into.writeUInt32BE(bytes.length, at);
  bytes.copy(into, at + LENGTH_BYTES);
  return at + LENGTH_BYTES + bytes.length;
}

function readField(from: Buffer, at: number): Buffer {
  const start = at + LENGTH_BYTES;
  return from.subarray(start, start + from.readUInt32BE(at));
}
