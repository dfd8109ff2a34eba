/**
 * The marker stands on the last line of the role's comment (`COMMENT ON ROLE`), the one text that PostgreSQL keeps with a role.
 * It is set in the transaction that sets the password, and goes with it. What a person wrote above it stays.
 */
import { parseMarker, type Marker } from "../../domain/version.ts";

export function markerIn(comment: string | null): Marker | null {
  const last = comment?.split("\n").at(-1) ?? "";
  return parseMarker(last) === null ? null : last;
}

/** `null` takes the marker away; the result is null when nothing is left. */
export function withMarker(comment: string | null, marker: Marker | null): string | null {
  const lines = comment === null ? [] : comment.split("\n");
  const own = markerIn(comment) === null ? lines : lines.slice(0, -1);
  const next = marker === null ? own : [...own, marker];
  return next.length === 0 ? null : next.join("\n");
}
