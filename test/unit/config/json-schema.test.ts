import { expect, test } from "vitest";
import { configJsonSchema } from "../../../src/config/json-schema.ts";
import { KINDS } from "./config-folder.ts";

test("the JSON Schema holds every kind in its place, with the kind's own keys", () => {
  const text = JSON.stringify(configJsonSchema(KINDS));
  const { $defs } = JSON.parse(text) as { $defs: Record<string, any> };
  const secret = $defs["schedule"].properties.secrets.additionalProperties;
  expect(secret.additionalProperties).toBe(false);
  expect(secret.required).toEqual(["policy", "issuer"]);
  const issuers = secret.properties.issuer.anyOf as {
    title: string;
    required: string[];
    properties: Record<string, unknown>;
  }[];
  expect(issuers.map(({ title }) => title)).toEqual(["entra-password", "random"]);
  expect(issuers[0]?.required).toEqual(["kind", "connection", "application"]);
  expect(issuers[1]?.properties["kind"]).toEqual({ const: "random" });
  const file = secret.properties.targets.items.anyOf[0];
  expect(file.properties.reload.items.anyOf[0].properties.kind).toEqual({ const: "signal" });
  expect($defs["keyturn"].properties.connections.additionalProperties.anyOf).toHaveLength(2);
  expect($defs["keyturn"].properties.state.required).toEqual(["sealKeyFile"]);
});

test("a policy's durations carry their pattern, for editors", () => {
  const { $defs } = JSON.parse(JSON.stringify(configJsonSchema(KINDS))) as { $defs: Record<string, any> };
  expect($defs["schedule"].properties.policies.additionalProperties.properties.maxAge.pattern).toBe(
    "^[0-9]{1,9}(ms|s|m|h|d)$",
  );
});
