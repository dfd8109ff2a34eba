/** What an error of Microsoft Graph means to the runner. https://learn.microsoft.com/graph/errors */
import { RotationError, type ErrorCode } from "../../domain/errors.ts";
import { lostAnswer, type CallFacts } from "./transport-error.ts";

/** The part of the SDK's GraphError that may be repeated. */
export interface GraphRefusal {
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly retryAfter: string | null;
  /** `No password credential found with keyId …` is told apart by its text only. */
  readonly unknownKey: boolean;
}

/** Graph serialises writes itself when they come too close, by refusing the later one. */
export const CONFLICT_WAIT_MS = 1_000;

const TOO_MANY = new Set([
  "TooManyAppPasswords",
  "Directory_ResourceSizeExceeded",
  "Directory_QuotaExceeded",
]);

export function readGraphError(thrown: unknown): GraphRefusal | null {
  if (!(thrown instanceof Error) || !("statusCode" in thrown) || typeof thrown.statusCode !== "number")
    return null;
  const fields = thrown as {
    statusCode: number;
    code?: unknown;
    requestId?: unknown;
    headers?: { get?(name: string): string | null };
  };
  return {
    status: fields.statusCode,
    code: safe(fields.code, /^[A-Za-z][A-Za-z0-9_.]{0,79}$/),
    requestId: safe(fields.requestId, /^[0-9a-f-]{36}$/i),
    retryAfter: fields.headers?.get?.("retry-after") ?? null,
    unknownKey: fields.statusCode === 400 && /no password credential found/i.test(thrown.message),
  };
}

/** Text of the far side is repeated only when it has the form of an identifier. */
function safe(value: unknown, form: RegExp): string | null {
  return typeof value === "string" && form.test(value) ? value : null;
}

export function graphError(refusal: GraphRefusal, call: CallFacts): RotationError {
  const { status, code } = refusal;
  const id = refusal.requestId === null ? "" : `, request ${refusal.requestId}`;
  const message = `could not ${call.what}: Graph answered ${status}${code === null ? "" : ` ${code}`}${id}`;
  if (status === 409) {
    return new RotationError("write-conflict", {
      kind: "transient",
      message,
      retryAfterMs: CONFLICT_WAIT_MS,
    });
  }
  // 408 and 5xx come from the gateways in front, too, which do not know what became of the request.
  if (status >= 500 || status === 408) {
    return call.writes
      ? lostAnswer(message)
      : new RotationError("server-error", { kind: "transient", message });
  }
  if (status >= 200 && status < 300) {
    const kind = call.writes ? "outcome-unknown" : "transient";
    return new RotationError("unexpected-answer", {
      kind,
      message: `${message} with something that cannot be read`,
    });
  }
  const [errorCode, hint] = rejection(status, code);
  return new RotationError(errorCode, { kind: "rejected", message, hint });
}

function rejection(status: number, code: string | null): readonly [ErrorCode, string] {
  if (code !== null && /Lifetime.*Policy$/.test(code)) {
    return [
      "lifetime-forbidden",
      "Set the issuer's validFor below the longest lifetime that the tenant's app management policy allows.",
    ];
  }
  if (code?.endsWith("AsPerAppPolicy") === true) {
    return [
      "permission-denied",
      "The tenant's app management policy forbids client secrets here: ask its administrator for an exemption.",
    ];
  }
  if (code !== null && TOO_MANY.has(code)) {
    return [
      "too-many-credentials",
      "Remove client secrets that nothing uses; keyturn does not touch those it did not make.",
    ];
  }
  switch (status) {
    case 401:
      return [
        "admin-credential-refused",
        "Graph did not accept the token: check graphUrl and authorityHost, which must be of the same cloud.",
      ];
    case 403:
      return [
        "permission-denied",
        "Grant keyturn's application Application.ReadWrite.OwnedBy and make its service principal an owner of this application.",
      ];
    case 404:
      return ["application-not-found", "Check the issuer's application and the connection's tenant."];
    default:
      return ["unexpected-answer", "Check graphUrl, and whether a proxy answers in Graph's place."];
  }
}
