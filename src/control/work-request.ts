/** A request as it comes over a socket: nothing in it is believed. By hand, since the daemon loads no schema. */
import type { Resolution, RollbackRequest, RotationRequest, WorkRequest } from "../run/work.ts";

type Raw = Readonly<Record<string, unknown>>;

const MOST_TEXT = 4_096;
const MOST_SECRETS = 100_000;

/** Null when it makes no sense. `actor` says by whose right it came, whatever the request claims. */
export function parseWorkRequest(
  text: string,
  actor: (claimed: string | null) => string,
): WorkRequest | null {
  const raw = parsed(text);
  if (raw === null) return null;
  switch (raw["kind"]) {
    case "recover":
      return { kind: "recover" };
    case "rotate": {
      const rotation = recordIn(raw, "rotation");
      return rotation === null ? null : wrapped("rotation", "rotate", parseRotation(rotation, actor));
    }
    case "rollback": {
      const rollback = recordIn(raw, "rollback");
      return rollback === null ? null : wrapped("rollback", "rollback", parseRollback(rollback, actor));
    }
    case "resolve": {
      const resolution = recordIn(raw, "resolution");
      return resolution === null
        ? null
        : wrapped("resolution", "resolve", parseResolution(resolution, actor));
    }
    default:
      return null;
  }
}

function wrapped(key: string, kind: WorkRequest["kind"], value: object | null): WorkRequest | null {
  return value === null ? null : ({ kind, [key]: value } as unknown as WorkRequest);
}

function parseRotation(raw: Raw, actor: (claimed: string | null) => string): RotationRequest | null {
  const { secrets, now, revokeNow, outsideWindow, reason = null, actor: claimed = null } = raw;
  if (secrets !== null && !isNames(secrets)) return null;
  if (!isFlag(now) || !isFlag(revokeNow) || !isFlag(outsideWindow)) return null;
  if (!isText(reason) || !isText(claimed)) return null;
  // What comes over a socket was asked for by somebody.
  return { secrets, now, revokeNow, outsideWindow, trigger: "manual", reason, actor: actor(claimed) };
}

function parseRollback(raw: Raw, actor: (claimed: string | null) => string): RollbackRequest | null {
  const { secret, reason = null, actor: claimed = null } = raw;
  if (!isName(secret) || !isText(reason) || !isText(claimed)) return null;
  return { secret, reason, actor: actor(claimed) };
}

function parseResolution(raw: Raw, actor: (claimed: string | null) => string): Resolution | null {
  const { secret, keep, reason, actor: claimed = null } = raw;
  if (!isName(secret) || !isText(reason) || reason === null || !isText(claimed)) return null;
  if (typeof keep !== "number" || !Number.isSafeInteger(keep) || keep < 0) return null;
  return { secret, keep, reason, actor: actor(claimed) };
}

function parsed(text: string): Raw | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function recordIn(raw: Raw, key: string): Raw | null {
  const value = raw[key];
  return isRecord(value) ? value : null;
}

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MOST_SECRETS && value.every(isName);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MOST_TEXT;
}

function isText(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && value.length <= MOST_TEXT);
}

function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
}
