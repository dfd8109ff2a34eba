/**
 * Looks for a planted secret in whatever was written or sent: as it is, and in the disguises that encoders give it.
 * A hit in any of them is a leak.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Names the forms in which `canary` stands in `bytes`; empty when it does not. */
export function findCanary(bytes: Buffer, canary: string): string[] {
  if (canary.length < 8) throw new Error("a canary under 8 characters is found by chance");
  const found = new Set<string>();
  for (const [form, needle] of disguises(canary)) if (bytes.includes(needle)) found.add(form);
  return [...found];
}

/** Every file below `folder` (and its very name) in which `canary` stands, as `path: form`. */
export function findCanaryBelow(folder: string, canary: string): string[] {
  const hits: string[] = [];
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    const bytes = file.isFile() ? readFileSync(path) : Buffer.alloc(0);
    for (const form of findCanary(Buffer.concat([Buffer.from(`${path}\n`), bytes]), canary))
      hits.push(`${path}: ${form}`);
  }
  return hits;
}

function disguises(canary: string): readonly (readonly [string, Buffer])[] {
  const raw = Buffer.from(canary, "utf8");
  const hex = raw.toString("hex");
  const json = JSON.stringify(canary).slice(1, -1);
  const url = encodeURIComponent(canary);
  return [
    ["raw", raw],
    ["utf-16", Buffer.from(canary, "utf16le")],
    ["hex", Buffer.from(hex)],
    ["hex", Buffer.from(hex.toUpperCase())],
    ["json", Buffer.from(json)],
    ["json", Buffer.from(escapeJsonFully(canary))],
    ["json-in-json", Buffer.from(JSON.stringify(json).slice(1, -1))],
    ["url", Buffer.from(url)],
    ["url", Buffer.from(url.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()))],
    ["url", Buffer.from(new URLSearchParams({ v: canary }).toString().slice(2))],
    ...[0, 1, 2].map((shift) => ["base64", base64Core(raw, shift, "base64")] as const),
    ...[0, 1, 2].map((shift) => ["base64url", base64Core(raw, shift, "base64url")] as const),
  ];
}

/** The characters of a base64 text that depend on `raw` alone when it begins `shift` bytes into a group of three. */
function base64Core(raw: Buffer, shift: number, encoding: "base64" | "base64url"): Buffer {
  const skip = (3 - shift) % 3;
  const whole = raw.subarray(skip, skip + Math.floor((raw.length - skip) / 3) * 3);
  return Buffer.from(whole.toString(encoding));
}

function escapeJsonFully(text: string): string {
  return Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}
