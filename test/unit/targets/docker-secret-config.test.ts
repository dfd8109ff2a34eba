import { describe, expect, it } from "vitest";
import { dockerSecret } from "../../../src/targets/docker-secret.ts";

const MINIMAL = { kind: "docker-secret", connection: "swarm", name: "azure_secret" };

describe("the configuration of a docker-secret target", () => {
  it("needs only a connection and a name", () => {
    expect(dockerSecret.schema.parse(MINIMAL)).toEqual({
      ...MINIMAL,
      content: "{value}",
      services: "auto",
      converge: 600_000,
    });
  });

  it("takes a name that leaves room for six digits of a version", () => {
    expect(dockerSecret.schema.safeParse({ ...MINIMAL, name: "a".repeat(56) }).success).toBe(true);
    expect(`${"a".repeat(56)}_v999999`).toHaveLength(64);
  });

  it.each([
    ["name", "a".repeat(57)],
    ["name", ""],
    ["name", "azure secret"],
    ["name", "_azure"],
    ["name", "azure-"],
    ["name", "azure/secret"],
    ["content", "{value"],
    ["content", 1],
    ["services", []],
    ["services", "all"],
    ["services", ["app", ""]],
    ["converge", "10"],
    ["converge", "0s"],
    ["connection", ""],
    ["reload", []],
  ])("refuses %s: %j, and says where", (key, value) => {
    const { error } = dockerSecret.schema.safeParse({ ...MINIMAL, [key]: value });
    expect(error?.issues).toHaveLength(1);
    const [issue] = error?.issues ?? [];
    expect([...(issue?.path ?? []), ...(issue?.code === "unrecognized_keys" ? issue.keys : [])][0]).toBe(key);
  });
});
