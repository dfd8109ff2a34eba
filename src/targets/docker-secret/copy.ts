/**
 * A version's copy is a Docker secret, or a Docker config, `name_v<N>`. Docker gives a secret's content to nobody, so the
 * labels are all there is to tell one copy from another: the marker names the very attempt that made the version.
 */
import type { SwarmObject } from "../../connections/docker/engine-api.ts";
import type { VersionRef } from "../../domain/version.ts";

/** swarmkit refuses longer names. */
const LONGEST_NAME = 64;
/** Leaves room for `_v` and six digits: a rotation every hour for a century. */
export const LONGEST_BASE_NAME = LONGEST_NAME - "_v999999".length;
/** swarmkit's MaxSecretSize: "secret data must be larger than 0 and less than 512000 bytes". Older engines take no larger configs either. */
export const CONTENT_LIMIT = 512_000;

const LABEL = { secret: "keyturn.secret", version: "keyturn.version", marker: "keyturn.marker" } as const;

export function copyName(name: string, version: number): string {
  return `${name}_v${version}`;
}

export function copyLabels(ref: VersionRef): Readonly<Record<string, string>> {
  return { [LABEL.secret]: ref.secret, [LABEL.version]: String(ref.version), [LABEL.marker]: ref.marker };
}

/** The N of an object named exactly `name_v<N>`; `null` for every other name. */
export function copyNumber(name: string, objectName: string): number | null {
  const prefix = `${name}_v`;
  if (!objectName.startsWith(prefix)) return null;
  const digits = objectName.slice(prefix.length);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

/** Which version it is a copy of; `null` when keyturn did not make it. */
export function copyRef(object: SwarmObject): VersionRef | null {
  const labels = object.Spec.Labels ?? {};
  const name = labels[LABEL.secret];
  const version = labels[LABEL.version];
  const marker = labels[LABEL.marker];
  if (name === undefined || marker === undefined || version === undefined || !/^\d{1,15}$/.test(version))
    return null;
  return { secret: name, version: Number(version), marker };
}

export function sameVersion(a: VersionRef | null, b: VersionRef): boolean {
  return a !== null && a.secret === b.secret && a.version === b.version && a.marker === b.marker;
}
