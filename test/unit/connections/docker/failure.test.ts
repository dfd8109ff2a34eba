import { describe, expect, it } from "vitest";
import {
  abortFailure,
  connectionFailure,
  deadlineFailure,
  refusalFailure,
} from "../../../../src/connections/docker/failure.ts";

const read = { what: "list the services", host: "unix:///run/docker.sock", writes: false, discreet: false };
const write = { ...read, what: "update the service api", writes: true };

describe("a call to an engine that failed", () => {
  it.each([
    ["ENOENT", "unreachable", "transient"],
    ["ECONNREFUSED", "unreachable", "transient"],
    ["EACCES", "permission-denied", "rejected"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls-untrusted", "rejected"],
    ["ECONNRESET", "lost-answer", "outcome-unknown"],
    ["EPIPE", "lost-answer", "outcome-unknown"],
    [undefined, "lost-answer", "outcome-unknown"],
  ] as const)("with %s while it wrote is %s, %s", (code, expected, kind) => {
    expect(connectionFailure(code, write)).toMatchObject({ code: expected, kind });
  });

  it("for a lost answer to a read can simply be tried again", () => {
    expect(connectionFailure("ECONNRESET", read)).toMatchObject({ code: "lost-answer", kind: "transient" });
    expect(deadlineFailure(15_000, read)).toMatchObject({ code: "timeout", kind: "transient" });
    expect(refusalFailure({ statusCode: 500, message: "x" }, read)).toMatchObject({
      code: "server-error",
      kind: "transient",
    });
  });

  it("may have happened when a write got no answer, or a fault for an answer", () => {
    expect(deadlineFailure(30_000, write)).toMatchObject({ code: "timeout", kind: "outcome-unknown" });
    expect(refusalFailure({ statusCode: 500, message: "x" }, write)).toMatchObject({
      kind: "outcome-unknown",
    });
    expect(abortFailure(write, true)).toMatchObject({ code: "aborted", kind: "outcome-unknown" });
    expect(abortFailure(write, false)).toMatchObject({ code: "aborted", kind: "transient" });
  });

  it.each([
    [503, "This node is not a swarm manager. Use docker swarm init", "not-a-manager", "rejected"],
    [503, "The swarm does not have a leader.", "server-error", "outcome-unknown"],
    [503, "Swarm is encrypted and needs to be unlocked", "server-error", "outcome-unknown"],
    [403, "denied by plugin", "permission-denied", "rejected"],
    [429, "slow down", "throttled", "transient"],
    [400, "rpc error: code = InvalidArgument desc = no", "unexpected-answer", "rejected"],
  ] as const)("with HTTP %i %j is %s, %s", (statusCode, message, code, kind) => {
    expect(refusalFailure({ statusCode, message }, write)).toMatchObject({ code, kind });
  });

  it("quotes the engine's words in one short line, or not at all", () => {
    const refusal = { statusCode: 400, message: `no\n\tnetwork ${"x".repeat(1000)}` };
    expect(refusalFailure(refusal, write).message).toMatch(/HTTP 400, no network x{280,300}$/);
    const quoting = { statusCode: 400, message: 'cannot parse {"Env":["PASSWORD=hunter2"]}' };
    expect(refusalFailure(quoting, write).message).toMatch(/HTTP 400, cannot parse$/);
    expect(refusalFailure(refusal, { ...write, discreet: true }).message).toMatch(/HTTP 400$/);
  });
});
