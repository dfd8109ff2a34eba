import type { Held } from "./ports.ts";

/**
 * What a consumer that reads a secret in several places holds. A version wins over everything else, and the highest over
 * others: what is in use anywhere must not be swept.
 */
export function heldByAll(all: readonly Held[]): Held {
  const versions = all.filter((held) => held.kind === "version");
  const highest = versions.toSorted((a, b) => b.ref.version - a.ref.version)[0];
  return highest ?? all.find((held) => held.kind === "foreign") ?? { kind: "absent" };
}
