import type { Instant } from "../domain/time.ts";

/** Certificates know no fractions of a second. */
export function isoSeconds(at: Instant): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}
