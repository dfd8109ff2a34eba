import { expect, test } from "vitest";
import { configJsonSchema } from "../../../src/config/json-schema.ts";
import { valueAt } from "../../../src/config/explain.ts";
import { KINDS } from "./config-folder.ts";

const schema = configJsonSchema(KINDS);
const keyturn = (...path: string[]) => valueAt(schema, ["$defs", "keyturn", "properties", ...path]);
const policy = (...path: string[]) =>
  valueAt(schema, ["$defs", "schedule", "properties", "policies", "additionalProperties", ...path]);
const secret = (...path: string[]) =>
  valueAt(schema, ["$defs", "schedule", "properties", "secrets", "additionalProperties", ...path]);

test("the JSON Schema holds every kind in its place, with the kind's own keys", () => {
  expect(secret("properties", "issuer", "anyOf")).toMatchObject([
    { title: "entra-password", required: ["kind", "connection", "application"], additionalProperties: false },
    { title: "random", properties: { kind: { const: "random" }, length: {} } },
  ]);
  expect(secret("properties", "targets", "items", "anyOf")).toMatchObject([
    {
      title: "file",
      properties: { reload: { items: { anyOf: [{ title: "signal", properties: { pidFile: {} } }] } } },
    },
    { title: "docker-secret" },
  ]);
  expect(keyturn("connections", "additionalProperties", "anyOf")).toMatchObject([
    { title: "entra" },
    { title: "docker" },
  ]);
});

test("a lockdown's scope holds its kinds, too", () => {
  const scope = (...path: string[]) =>
    keyturn("lockdown", "properties", "scopes", "additionalProperties", "properties", ...path);
  expect(scope("contain", "items", "anyOf")).toMatchObject([
    { title: "docker", properties: { kind: { const: "docker" }, services: {} }, additionalProperties: false },
  ]);
  expect(scope("deny", "items", "anyOf")).toMatchObject([
    { title: "docker-env", required: ["kind", "service", "env"] },
    { title: "file", properties: { reload: { items: { anyOf: [{ title: "signal" }] } } } },
  ]);
  expect(scope("resume", "enum")).toEqual(["denied", "contained"]);
});

test("keys are required and closed as they are when the configuration is loaded", () => {
  expect(secret("required")).toEqual(["policy", "issuer"]);
  expect(secret("additionalProperties")).toBe(false);
  expect(keyturn("state", "required")).toEqual(["sealKeyFile"]);
});

test("a policy's durations carry their pattern, for editors", () => {
  expect(policy("properties", "maxAge", "pattern")).toBe("^[0-9]{1,9}(ms|s|m|h|d)$");
});
