import { warningAt } from "./explain.ts";
import type { PathSegment, Warning } from "./problem.ts";
import type { Source } from "./source.ts";

/** An id of one digit again and again, as `init` and the shipped schedules have them. */
const PLACEHOLDER = /^(\d)\1{7}(-\1{4}){3}-\1{12}$/;

/** Ids that are still those of an example. */
export function placeholders(source: Source): readonly Warning[] {
  return find(source.value, []).map((path) =>
    warningAt(source, path, "is still the placeholder; put your own id here"),
  );
}

function find(value: unknown, path: readonly PathSegment[]): readonly (readonly PathSegment[])[] {
  if (typeof value === "string") return PLACEHOLDER.test(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => find(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => find(item, [...path, key]));
}
