/** What a failed transfer means to the runner. */
import { RotationError } from "../../domain/errors.ts";
import type { TransportFailure } from "./transport.ts";

export interface CallFacts {
  /** What was tried, for people: `add a password`. */
  readonly what: string;
  readonly host: string;
  /** A read can be repeated; a write without an answer may have happened. */
  readonly writes: boolean;
}

export function transportError(failure: TransportFailure, call: CallFacts): RotationError {
  const message = `could not ${call.what} at ${call.host}: ${describe(failure)}`;
  const unsure = call.writes ? "outcome-unknown" : "transient";
  switch (failure.reason) {
    case "refused":
      return new RotationError("unreachable", {
        kind: "transient",
        message,
        hint: "Check the network, the name service and the addresses in the connection.",
      });
    case "untrusted":
      return new RotationError("tls-untrusted", {
        kind: "rejected",
        message,
        hint: "If a proxy or a test server with a private authority is in between, name its certificate in the connection's caFile.",
      });
    case "other-host":
      return new RotationError("unexpected-answer", {
        kind: "rejected",
        message,
        hint: "Set authorityHost to the host that its discovery document names.",
      });
    case "too-large":
      return new RotationError("unexpected-answer", {
        kind: unsure,
        message,
        hint: "Check what answers at that address.",
      });
    case "aborted":
      return new RotationError("aborted", { kind: unsure, message });
    case "timeout":
      if (call.writes) return lostAnswer(message);
      return new RotationError("timeout", {
        kind: "transient",
        message,
        hint: "Check the network, or raise the connection's timeout.",
      });
    case "cut":
      return call.writes
        ? lostAnswer(message)
        : new RotationError("lost-answer", { kind: "transient", message });
  }
}

/** A write that was sent: whether it took effect must be looked up before anything is repeated. */
export function lostAnswer(message: string): RotationError {
  return new RotationError("lost-answer", {
    kind: "outcome-unknown",
    message,
    hint: "keyturn looks for the result by its marker before it tries again.",
  });
}

/** Cancelled while it waited for its turn: nothing was sent. */
export function abortedBefore(call: CallFacts): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: `cancelled before it could ${call.what} at ${call.host}`,
  });
}

function describe(failure: TransportFailure): string {
  const code = failure.networkCode === null ? "" : ` (${failure.networkCode})`;
  const texts = {
    refused: "the connection could not be made",
    untrusted: "its certificate is not trusted",
    "other-host": "its discovery document names another host, to which no credential is sent",
    "too-large": "the answer is too large",
    aborted: "it was cancelled",
    timeout: "no answer in time",
    cut: "the connection broke",
  } as const;
  return texts[failure.reason] + code;
}
