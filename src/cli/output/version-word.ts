import type { VersionNumber } from "../../domain/version.ts";

/** A version as it is told to people. */
export function versionWord(version: VersionNumber): string {
  return version === 0 ? "what was there before" : `v${version}`;
}
