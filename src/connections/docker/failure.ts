/**
 * What went wrong in a call to a Docker engine, as a `RotationError`. Neither the error of the HTTP client (it holds
 * the request's options) nor the engine's text about a secret (it could quote its content) is passed on.
 */
import { RotationError, type ErrorCode, type ErrorKind } from "../../domain/errors.ts";

export interface CallFacts {
  /** What was tried, for people: `read service api`. */
  readonly what: string;
  readonly host: string;
  /** A read can be repeated freely; a write that got no answer may have happened. */
  readonly writes: boolean;
  /** The engine's own words must not be repeated: they may quote what was sent. */
  readonly discreet: boolean;
}

/** The engine answered, with an error. */
export interface Refusal {
  readonly statusCode: number;
  readonly message: string;
}

/** Errors of connecting: the request has not left. */
const NEVER_SENT: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nothing listens there",
  ENOTSOCK: "that is not a socket",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  ECONNABORTED: "the connection was not made",
  ENAMETOOLONG: "the socket's path is too long",
};

const UNTRUSTED =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|HOSTNAME_MISMATCH)/;

export function connectionFailure(code: string | undefined, call: CallFacts): RotationError {
  const at = `could not ${call.what} at ${call.host}`;
  if (code === "EACCES" || code === "EPERM") {
    return failure(
      "permission-denied",
      "rejected",
      `${at}: this user may not open the socket`,
      "Run keyturn as root or as a member of the docker group.",
    );
  }
  if (code !== undefined && UNTRUSTED.test(code)) {
    return failure(
      "tls-untrusted",
      "rejected",
      `${at}: the TLS handshake failed (${code})`,
      "Check tls.caFile, tls.certFile and tls.keyFile of the connection.",
    );
  }
  const why = code === undefined ? undefined : NEVER_SENT[code];
  if (why !== undefined) {
    return failure(
      "unreachable",
      "transient",
      `${at}: ${why} (${code})`,
      "Check that the engine runs and that the connection's host is right.",
    );
  }
  return failure(
    "lost-answer",
    call.writes ? "outcome-unknown" : "transient",
    `${at}: the connection broke (${code ?? "no code"})`,
    "Check the engine's log.",
  );
}

export function deadlineFailure(deadlineMs: number, call: CallFacts): RotationError {
  const kind = call.writes ? "outcome-unknown" : "transient";
  return failure(
    "timeout",
    kind,
    `could not ${call.what} at ${call.host}: no answer within ${deadlineMs / 1000} s`,
    "Check the load and the log of the engine.",
  );
}

export function abortFailure(call: CallFacts, sent: boolean): RotationError {
  const kind = call.writes && sent ? "outcome-unknown" : "transient";
  return failure("aborted", kind, `${call.what} at ${call.host} was cancelled`);
}

export function refusalFailure(refusal: Refusal, call: CallFacts): RotationError {
  const { statusCode, message } = refusal;
  const at = `could not ${call.what} at ${call.host}`;
  if (statusCode === 503 && /not a swarm manager|not part of a swarm/i.test(message)) {
    return failure(
      "not-a-manager",
      "rejected",
      `${at}: this engine is not a manager of a swarm`,
      "Point the connection's host at a swarm manager.",
    );
  }
  const told = `${at}: HTTP ${statusCode}${call.discreet ? "" : `, ${oneLine(message)}`}`;
  if (statusCode === 401 || statusCode === 403) {
    return failure(
      "permission-denied",
      "rejected",
      told,
      "Check what the proxy or plug-in in front of the engine allows.",
    );
  }
  if (statusCode === 429) return failure("throttled", "transient", told);
  if (statusCode >= 500) {
    // A manager without quorum, or one that hands over, answers so; a write may have reached the new leader.
    return failure(
      "server-error",
      call.writes ? "outcome-unknown" : "transient",
      told,
      "Check that the swarm has a leader: docker node ls.",
    );
  }
  return failure("unexpected-answer", "rejected", told);
}

function failure(code: ErrorCode, kind: ErrorKind, message: string, hint?: string): RotationError {
  return new RotationError(code, hint === undefined ? { kind, message } : { kind, message, hint });
}

/** A brace would begin a document that is quoted, and a service's spec may hold other people's secrets. */
function oneLine(text: string): string {
  const [words = ""] = text.split("{", 1);
  return words.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
