/** `cache`: what every target takes, whatever its kind. */
import { z } from "zod";
import type { ConsumerCache } from "../domain/consumer-cache.ts";
import { check } from "./explain.ts";
import type { RawLeaf, Site } from "./leaves.ts";
import { duration } from "./scalars.ts";

export const cacheSchema = duration({ positive: true }).describe(
  "How long a consumer may keep using a value that it has read.",
);

/** A cache that a target declares, and which of the secret's targets that is. */
export type PlacedCache = ConsumerCache & { readonly index: number };

/** The target as its kind knows it, and the cache that it declares; null when none, or none that can be read. */
export function takeCache(
  { cache, ...rest }: RawLeaf,
  site: Site,
): { readonly raw: RawLeaf; readonly cacheMs: number | null } {
  const path = [...site.path, "cache"];
  const cacheMs = cache === undefined ? null : check(cacheSchema, cache, site.source, path, site.problems);
  return { raw: rest, cacheMs };
}

export function targetName(raw: RawLeaf): string {
  const place = raw["name"] ?? raw["path"];
  return typeof place === "string" ? `${raw.kind} ${place}` : raw.kind;
}

/** The same for editors. */
export function cacheJsonSchema(): object {
  const { $schema: _draft, ...json } = z.toJSONSchema(cacheSchema, { io: "input", unrepresentable: "any" });
  return json;
}
