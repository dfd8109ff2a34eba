/** The schemas of both documents as JSON Schema, for editors. */
import { z } from "zod";
import { cacheJsonSchema } from "./cache.ts";
import type { ConfigKinds, LeafKind } from "./config.ts";
import { lockdownSchema } from "./lockdown-schema.ts";
import { mainSchema } from "./main-schema.ts";
import { scanSchema } from "./scans.ts";
import { policySchema, secretSchema } from "./schedule-schema.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** Takes both documents: an editor needs one schema for keyturn.yaml and for schedules/*.yaml alike. */
export function configJsonSchema(kinds: ConfigKinds): JsonSchema {
  return {
    $schema: DRAFT,
    title: "keyturn",
    description: "keyturn.yaml, or a file of its schedules folder.",
    anyOf: [{ $ref: "#/$defs/keyturn" }, { $ref: "#/$defs/schedule" }],
    $defs: { keyturn: mainDocument(kinds), schedule: scheduleDocument(kinds) },
  };
}

function mainDocument(kinds: ConfigKinds): JsonSchema {
  const main = convert(mainSchema);
  const sections = { connections: named(oneOf(kinds.connections)), lockdown: lockdownSection(kinds) };
  return { ...main, properties: { ...properties(main), ...sections } };
}

function lockdownSection(kinds: ConfigKinds): JsonSchema {
  const lockdown = convert(lockdownSchema);
  const scopes = properties(lockdown)["scopes"] as JsonSchema;
  const scope = scopes["additionalProperties"] as JsonSchema;
  const list = (items: JsonSchema): JsonSchema => ({ type: "array", items });
  const leaves = {
    contain: list(oneOf(kinds.containments)),
    disable: list(oneOf(kinds.disablings)),
    deny: list({ anyOf: kinds.denials.map((kind) => withReloads(leaf(kind), kinds.reloads)) }),
  };
  const filled = { ...scope, properties: { ...properties(scope), ...leaves } };
  return {
    ...lockdown,
    properties: { ...properties(lockdown), scopes: { ...scopes, additionalProperties: filled } },
  };
}

function scheduleDocument(kinds: ConfigKinds): JsonSchema {
  const secret = convert(secretSchema);
  const targets = kinds.targets.map((kind) => withCache(withReloads(leaf(kind), kinds.reloads)));
  const leaves = {
    issuer: oneOf(kinds.issuers),
    targets: { type: "array", items: { anyOf: targets } },
    probes: { type: "array", items: oneOf(kinds.probes) },
  };
  return {
    type: "object",
    additionalProperties: false,
    properties: {
      policies: named(convert(policySchema)),
      secrets: named({ ...secret, properties: { ...properties(secret), ...leaves } }),
      scans: named(convert(scanSchema)),
    },
  };
}

function named(entry: JsonSchema): JsonSchema {
  return { type: ["object", "null"], additionalProperties: entry };
}

function oneOf(kinds: readonly LeafKind[]): JsonSchema {
  return { anyOf: kinds.map(leaf) };
}

function leaf({ kind, schema }: LeafKind): JsonSchema {
  const json = convert(schema);
  const required = Array.isArray(json["required"]) ? (json["required"] as string[]) : [];
  return {
    ...json,
    title: kind,
    properties: { kind: { const: kind }, ...without(properties(json), "kind") },
    required: ["kind", ...required.filter((key) => key !== "kind")],
  };
}

function withReloads(target: JsonSchema, reloads: readonly LeafKind[]): JsonSchema {
  const own = properties(target);
  if (own["reload"] === undefined) return target;
  return { ...target, properties: { ...own, reload: { type: "array", items: oneOf(reloads) } } };
}

function withCache(target: JsonSchema): JsonSchema {
  return { ...target, properties: { ...properties(target), cache: cacheJsonSchema() } };
}

function properties(schema: JsonSchema): JsonSchema {
  return (schema["properties"] ?? {}) as JsonSchema;
}

function without(record: JsonSchema, key: string): JsonSchema {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

/** What a person writes (`io: input`), so that keys with a default are optional. */
function convert(schema: z.ZodType): JsonSchema {
  const { $schema: _draft, ...json } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema;
  return json;
}
