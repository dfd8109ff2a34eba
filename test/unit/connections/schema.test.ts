import { expect, it } from "vitest";
import { entraConnectionSchema } from "../../../src/connections/entra/schema.ts";
import { durationSchema, expandPath, httpsOriginSchema } from "../../../src/connections/schema.ts";

it("reads durations into milliseconds and refuses what is none", () => {
  expect(durationSchema.parse("90d")).toBe(7_776_000_000);
  for (const bad of ["90 d", "0s", "-1s", "1.5h", "", 90])
    expect(durationSchema.safeParse(bad).success).toBe(false);
});

it("expands variables in a path, with a default where one is given", () => {
  expect(expandPath("${A}/x", { A: "/a" })).toBe("/a/x");
  expect(expandPath("${A:-/b}/x", { A: "" })).toBe("/b/x");
  expect(expandPath("/plain/$A", {})).toBe("/plain/$A");
});

it("names the variable that a path misses", () => {
  expect(() => expandPath("${MISSING}/x", {})).toThrow(/MISSING/);
});

it("takes an https origin and nothing more", () => {
  expect(httpsOriginSchema.parse("https://Graph.Microsoft.US/")).toBe("https://graph.microsoft.us");
  for (const bad of [
    "http://graph.microsoft.com",
    "https://h/v1.0",
    "https://u:p@h",
    "https://h?x",
    "graph",
  ]) {
    expect(httpsOriginSchema.safeParse(bad).success).toBe(false);
  }
});

const CONNECTION = {
  kind: "entra",
  tenant: "contoso.onmicrosoft.com",
  clientId: "22222222-2222-2222-2222-222222222222",
  auth: { certificateFile: "${CREDENTIALS_DIRECTORY}/entra.pem" },
};

it("points an Entra connection at Microsoft's public cloud unless told otherwise", () => {
  expect(entraConnectionSchema.parse(CONNECTION)).toMatchObject({
    authorityHost: "https://login.microsoftonline.com",
    graphUrl: "https://graph.microsoft.com",
    timeout: 30_000,
  });
});

it.each([
  [{ auth: {} }, "auth"],
  [{ auth: { certificateFile: "/a", clientSecretFile: "/b" } }, "auth"],
  [{ auth: { clientSecret: "inline" } }, "auth"],
  [{ auth: { clientSecretFile: "" } }, "auth.clientSecretFile"],
  [{ tenant: "../evil" }, "tenant"],
  [{ clientId: "me" }, "clientId"],
  [{ graphUrl: "http://graph.microsoft.com" }, "graphUrl"],
  [{ authorityHost: "login" }, "authorityHost"],
  [{ timeout: 30 }, "timeout"],
  [{ extra: 1 }, ""],
])("refuses %j in an Entra connection at %s", (change, path) => {
  const parsed = entraConnectionSchema.safeParse({ ...CONNECTION, ...change });
  expect(parsed.error?.issues.map((issue) => issue.path.join("."))).toContain(path);
});
