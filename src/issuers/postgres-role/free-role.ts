/** Which role a new version may have. A role that lives is never taken from whoever uses it. */
import { RotationError } from "../../domain/errors.ts";
import { parseMarker, type Marker } from "../../domain/version.ts";
import { isLive, type Role } from "./role.ts";

/** The first of the names whose role nobody signs in as; one that does not exist yet is made. */
export function freeRole(names: readonly string[], roles: readonly Role[]): string {
  const free = names.find((name) => !roles.some((role) => role.name === name && isLive(role)));
  if (free !== undefined) return free;
  throw noneFree(roles);
}

/** The role of the attempt; null when it does not exist yet. Throws when the attempt may not have it. */
export function assertFree(role: Role | undefined, marker: Marker): void {
  if (role === undefined || !isLive(role) || isEarlierAttempt(role.marker, marker)) return;
  throw noneFree([role]);
}

/** With one role, every version takes it from the one before; never a stale call from a younger one. */
export function assertMayOverwrite(role: Role, marker: Marker, adopted: readonly string[]): void {
  if (!isLive(role) || adopted.includes(credentialName(role)) || isEarlierVersion(role.marker, marker))
    return;
  throw new RotationError("role-in-use", {
    kind: "rejected",
    message: `${described(role)}, and keyturn may not overwrite its password`,
    hint: `If nobody else rotates it, name it: \`adopt: [${role.name}]\`.`,
  });
}

/**
 * An attempt that was cut may have taken effect, and the next one brings the same password: it takes the role over, and with it
 * the marker, so that nothing of the earlier attempt is left to be swept. The other way round a late call would bring the swept
 * marker back.
 */
function isEarlierAttempt(held: Marker | null, marker: Marker): boolean {
  const [before, now] = [parseMarker(held ?? ""), parseMarker(marker)];
  if (before === null || now === null) return false;
  return before.secret === now.secret && before.run === now.run && before.attempt <= now.attempt;
}

/** Run ids sort by time. */
function isEarlierVersion(held: Marker | null, marker: Marker): boolean {
  const [before, now] = [parseMarker(held ?? ""), parseMarker(marker)];
  if (before === null || now === null) return false;
  return (before.secret === now.secret && before.run < now.run) || isEarlierAttempt(held, marker);
}

/** Adoption names what others made: a role with a marker is somebody's already. */
function credentialName({ name, marker }: Role): string {
  return marker === null ? name : "";
}

function noneFree(roles: readonly Role[]): RotationError {
  const foreign = roles.filter(({ marker }) => marker === null).map(({ name }) => name);
  const adopt = `If nothing else uses the password of ${foreign.join(", ")}, name it in \`adopt\`, or \`ALTER ROLE … NOLOGIN\`.`;
  return new RotationError("too-many-credentials", {
    kind: "rejected",
    message: `no role is free for a new version: ${roles.map(described).join("; ")}`,
    hint:
      foreign.length > 0 ? adopt : "Add a role to `roles`, or wait until the previous version is retired.",
  });
}

function described({ name, marker }: Role): string {
  return marker === null ? `${name} has a login that keyturn did not make` : `${name} carries ${marker}`;
}
