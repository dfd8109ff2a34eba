/** How a version is named beside the stable path: `<basename>_v<N>.<run>.<attempt>`, so that a link tells which it is. */
import { RotationError } from "../../domain/errors.ts";
import { formatMarker, parseMarker, type SecretName, type VersionRef } from "../../domain/version.ts";

const SUFFIX = /^_v([1-9]\d{0,8})\.([0-9a-z]+)\.(0|[1-9]\d{0,5})$/;
const NUMBER = /^_v([1-9]\d{0,8})(\.|$)/;

export function copyName(base: string, ref: VersionRef): string {
  const marker = parseMarker(ref.marker);
  if (marker?.secret !== ref.secret) {
    throw new RotationError("internal", {
      kind: "invariant",
      message: `${ref.marker} is no marker of ${ref.secret}`,
    });
  }
  return `${base}_v${ref.version}.${marker.run}.${marker.attempt}`;
}

/** The version that a file of this name holds; `null` when the name is not one that keyturn gives. */
export function copyRef(base: string, secret: SecretName, name: string): VersionRef | null {
  const [, version, run = "", attempt] = suffix(base, name, SUFFIX);
  if (version === undefined) return null;
  return { secret, version: Number(version), marker: formatMarker(secret, run, Number(attempt)) };
}

/** The number that a name takes, whoever gave it; 0 when it takes none. */
export function copyNumber(base: string, name: string): number {
  return Number(suffix(base, name, NUMBER)[1] ?? 0);
}

function suffix(base: string, name: string, pattern: RegExp): readonly string[] {
  return (name.startsWith(base) ? pattern.exec(name.slice(base.length)) : null) ?? [];
}
