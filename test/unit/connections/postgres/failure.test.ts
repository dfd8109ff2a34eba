import { describe, expect, it } from "vitest";
import { failureOf } from "../../../../src/connections/postgres/failure.ts";

const CALL = { what: "try", host: "db:5432", committing: false, discreet: false };

function answer(code: string, message = "says the server"): object {
  return { severity: "ERROR", code, message };
}

describe("what a server's answer means", () => {
  it.each([
    ["53300", "throttled", "transient"],
    ["57P03", "unreachable", "transient"],
    ["57014", "timeout", "transient"],
    ["55P03", "write-conflict", "transient"],
    ["40P01", "write-conflict", "transient"],
    ["25006", "server-error", "transient"],
    ["53100", "server-error", "transient"],
    ["57P01", "server-error", "transient"],
    ["XX001", "server-error", "transient"],
    ["42501", "permission-denied", "rejected"],
    ["3D000", "unexpected-answer", "rejected"],
    ["42601", "unexpected-answer", "rejected"],
  ])("%s is %s, %s", (state, code, kind) => {
    expect(failureOf(answer(state), CALL)).toMatchObject({ code, kind });
  });

  it("two who change one role at once have no SQLSTATE of their own", () => {
    expect(failureOf(answer("XX000", "tuple concurrently updated"), CALL)).toMatchObject({
      code: "write-conflict",
    });
  });

  it.each([
    ["57P01", "outcome-unknown"],
    ["57014", "transient"],
    ["42501", "rejected"],
    ["40001", "transient"],
  ])("%s at the commit is %s", (state, kind) => {
    expect(failureOf(answer(state), { ...CALL, committing: true }).kind).toBe(kind);
  });

  it("repeats the server's words, but not of a statement with a secret", () => {
    expect(failureOf(answer("42601"), CALL).message).toContain("says the server");
    expect(failureOf(answer("42601"), { ...CALL, discreet: true }).message).not.toContain("says");
  });
});

describe("what a broken connection means", () => {
  it.each([
    [{ code: "ECONNREFUSED" }, "unreachable", "transient"],
    [{ code: "ENOENT" }, "unreachable", "transient"],
    [{ code: "EACCES" }, "permission-denied", "rejected"],
    [{ code: "ECONNRESET" }, "lost-answer", "transient"],
    [new Error("Connection terminated unexpectedly"), "lost-answer", "transient"],
    [{ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "tls-untrusted", "rejected"],
    [new Error("The server does not support SSL connections"), "tls-untrusted", "rejected"],
  ])("%j is %s, %s", (thrown, code, kind) => {
    expect(failureOf(thrown, CALL)).toMatchObject({ code, kind });
  });

  it("is an unknown outcome once a commit was sent", () => {
    const broken = new Error("Connection terminated unexpectedly");
    expect(failureOf(broken, { ...CALL, committing: true }).kind).toBe("outcome-unknown");
  });
});
