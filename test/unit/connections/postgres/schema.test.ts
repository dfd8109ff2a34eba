import { describe, expect, it } from "vitest";
import { postgresConnectionSchema } from "../../../../src/connections/postgres/schema.ts";

const GOOD = { kind: "postgres", host: "db", user: "keyturn", passwordFile: "/own" };

function pathsOf(change: Readonly<Record<string, unknown>>): readonly string[] {
  const read = postgresConnectionSchema.safeParse({ ...GOOD, ...change });
  return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
}

describe("a connection of kind postgres", () => {
  it.each([
    [{}],
    [{ passwordFile: undefined }],
    [{ user: undefined, passwordFile: undefined, credentialFile: "/both" }],
    [{ host: "/run/postgresql", port: 5433, tls: false }],
    [{ tls: {} }],
    [{ tls: { caFile: "/ca", certFile: "/cert", keyFile: "/key" } }],
  ])("takes %j", (change) => {
    expect(pathsOf(change)).toEqual([]);
  });

  it.each([
    [{ host: "" }, "host"],
    [{ port: 0 }, "port"],
    [{ port: "5432" }, "port"],
    [{ database: "x".repeat(64) }, "database"],
    [{ user: undefined }, "user"],
    [{ user: "a\nb" }, "user"],
    [{ credentialFile: "/both" }, "user"],
    [{ user: undefined, credentialFile: "/both" }, "passwordFile"],
    [{ passwordFile: "the\npassword" }, "passwordFile"],
    [{ tls: { certFile: "/cert" } }, "tls"],
    [{ timeout: "soon" }, "timeout"],
    [{ password: "inline" }, ""],
  ])("refuses %j at %s", (change, path) => {
    expect(pathsOf(change)).toContain(path);
  });
});
