import { parseMarker } from "../../domain/version.ts";
import type { Role } from "./role.ts";

/**
 * Whom a new version follows: of the others the one with the youngest marker, else one that somebody signs in as, else any.
 * Null when the new one is the first.
 */
export function roleBefore(roles: readonly Role[], name: string): Role | null {
  const rank = (role: Role): string => {
    const made = parseMarker(role.marker ?? "");
    if (made !== null) return `2${made.run}.${String(made.attempt).padStart(6, "0")}`;
    return role.canLogin ? "1" : "0";
  };
  const others = roles.filter((role) => role.name !== name);
  return others.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))[0] ?? null;
}
