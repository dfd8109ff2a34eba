/**
 * What went wrong between keyturn and a PostgreSQL server, as a `RotationError`. The driver's error is never passed on: it can
 * hold the statement. What the server says is repeated only of statements without a secret.
 * SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { RotationError, type ErrorCode, type ErrorKind } from "../../domain/errors.ts";

export interface CallFacts {
  /** What was tried, for people: `read the roles`. */
  readonly what: string;
  /** `db.example.com:5432`, or the socket's folder. */
  readonly host: string;
  /** A commit was sent: whether it took effect only the server knows. */
  readonly committing: boolean;
  /** The server's own words must not be repeated: they may quote what was sent. */
  readonly discreet: boolean;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string;
  readonly retryAfterMs?: number;
}

const BUSY_MS = 2_000;

const BY_STATE: Readonly<Record<string, Meaning>> = {
  "53300": {
    code: "throttled",
    kind: "transient",
    hint: "The server, the database or the role has no connection left: see max_connections and CONNECTION LIMIT.",
    retryAfterMs: BUSY_MS,
  },
  "57P03": {
    code: "unreachable",
    kind: "transient",
    hint: "The server is starting up, shutting down or recovering; keyturn tries again.",
    retryAfterMs: BUSY_MS,
  },
  "57014": {
    code: "timeout",
    kind: "transient",
    hint: "Look for what holds the lock, in pg_stat_activity; or raise the connection's timeout.",
  },
  "55P03": { code: "write-conflict", kind: "transient", hint: "Something else holds the lock." },
  "40001": { code: "write-conflict", kind: "transient", hint: "keyturn tries again." },
  "40P01": { code: "write-conflict", kind: "transient", hint: "keyturn tries again." },
  "25006": {
    code: "server-error",
    kind: "transient",
    hint: "The server takes no changes now: point the connection's host at the primary.",
  },
  "42501": {
    code: "permission-denied",
    kind: "rejected",
    hint: "docs/databases.md lists what keyturn's own role needs; `keyturn doctor` says what is missing.",
  },
  "3D000": {
    code: "unexpected-answer",
    kind: "rejected",
    hint: "There is no such database: check `database`.",
  },
};

/** Whole classes, by their first two characters. */
const BY_CLASS: Readonly<Record<string, Meaning>> = {
  "08": { code: "lost-answer", kind: "transient", hint: "Check the network and the server's log." },
  "53": { code: "server-error", kind: "transient", hint: "The server is short of memory or of disk." },
  "57": { code: "server-error", kind: "transient", hint: "An administrator ended the session." },
  "58": { code: "server-error", kind: "transient", hint: "Check the server's log." },
  XX: { code: "server-error", kind: "transient", hint: "Check the server's log." },
};

const OTHER: Meaning = { code: "unexpected-answer", kind: "rejected", hint: "Check the server's log." };

/** Errors of connecting: nothing was sent. */
const NEVER_SENT: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  ETIMEDOUT: "that host does not answer",
};

const UNTRUSTED =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|HOSTNAME_MISMATCH)/;

/** What the server answered: its SQLSTATE and its words; null when `thrown` is not an answer of a server. */
export function answerIn(thrown: unknown): { readonly state: string; readonly message: string } | null {
  const { code, severity, message } = thrown as { code?: unknown; severity?: unknown; message?: unknown };
  if (typeof severity !== "string" || typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code)) return null;
  return { state: code, message: typeof message === "string" ? message : "" };
}

export function failureOf(thrown: unknown, call: CallFacts): RotationError {
  if (thrown instanceof RotationError) return thrown;
  const answer = answerIn(thrown);
  return answer === null ? brokenConnection(thrown, call) : refusal(answer, call);
}

function refusal({ state, message }: { state: string; message: string }, call: CallFacts): RotationError {
  const meaning = meaningOf(state, message);
  // A session that is ended while it commits may have committed.
  const isUnknown = call.committing && /^(08|57|58|XX)/.test(state) && state !== "57014";
  const said = call.discreet ? "" : `: ${oneLine(message)}`;
  return new RotationError(meaning.code, {
    kind: isUnknown ? "outcome-unknown" : meaning.kind,
    message: `could not ${call.what} at ${call.host}${said} (SQLSTATE ${state})`,
    hint: meaning.hint,
    ...(meaning.retryAfterMs === undefined ? {} : { retryAfterMs: meaning.retryAfterMs }),
  });
}

function meaningOf(state: string, message: string): Meaning {
  // What two changes of one role at the same time come to; it has no SQLSTATE of its own.
  if (state === "XX000" && message.includes("concurrently updated")) return BY_STATE["40001"] as Meaning;
  return BY_STATE[state] ?? BY_CLASS[state.slice(0, 2)] ?? OTHER;
}

function brokenConnection(thrown: unknown, call: CallFacts): RotationError {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  const at = `could not ${call.what} at ${call.host}`;
  if (typeof code === "string" && UNTRUSTED.test(code))
    return untrusted(`${at}: the TLS handshake failed (${code})`);
  if (typeof message === "string" && /does not support SSL|establishing an SSL/.test(message))
    return untrusted(`${at}: the server does not speak TLS`);
  if (code === "EACCES" || code === "EPERM") {
    const text = `${at}: this user may not open the socket`;
    const hint = "Check the rights of the socket and its folder.";
    return new RotationError("permission-denied", { kind: "rejected", message: text, hint });
  }
  const why = typeof code === "string" && !call.committing ? NEVER_SENT[code] : undefined;
  if (why !== undefined) {
    const hint = "Check that the server runs, and the connection's host and port.";
    return new RotationError("unreachable", { kind: "transient", message: `${at}: ${why}`, hint });
  }
  return new RotationError("lost-answer", {
    kind: call.committing ? "outcome-unknown" : "transient",
    message: `${at}: the connection broke (${typeof code === "string" ? code : "no code"})`,
    hint: "Check the network and the server's log.",
  });
}

function untrusted(message: string): RotationError {
  const hint = "Check `tls` of the connection: caFile names who signed the server's certificate.";
  return new RotationError("tls-untrusted", { kind: "rejected", message, hint });
}

export function abortFailure(call: CallFacts): RotationError {
  return new RotationError("aborted", {
    kind: call.committing ? "outcome-unknown" : "transient",
    message: `could not ${call.what} at ${call.host}: the call was cancelled`,
  });
}

export function deadlineFailure(ms: number, call: CallFacts): RotationError {
  return new RotationError("timeout", {
    kind: call.committing ? "outcome-unknown" : "transient",
    message: `could not ${call.what} at ${call.host}: no answer within ${ms / 1000} s`,
    hint: "Check the load and the log of the server, or raise the connection's timeout.",
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}
