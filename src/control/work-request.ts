/** A request as it comes over a socket: nothing in it is believed. By hand, since the daemon loads no schema. */
import { unpackRequest, type GivenMessage, type RotationMessage } from "../run/work-message.ts";
import type { Resolution, RetireRequest, RollbackRequest, WorkRequest } from "../run/work.ts";

type Raw = Readonly<Record<string, unknown>>;
type ActorOf = (claimed: string | null) => string;

const MOST_TEXT = 4_096;
const MOST_SECRETS = 100_000;

/** Null when it makes no sense. `actor` says by whose right it came, whatever the request claims. */
export function parseWorkRequest(text: string, actor: ActorOf): WorkRequest | null {
  const raw = parsed(text);
  const parse = PARSERS.get(raw?.["kind"]);
  return raw === null || parse === undefined ? null : parse(raw, actor);
}

const PARSERS: ReadonlyMap<unknown, (raw: Raw, actor: ActorOf) => WorkRequest | null> = new Map([
  ["recover", () => ({ kind: "recover" })],
  ["adopt", parseAdopt],
  ["scan", parseScan],
  ["rotate", within("rotation", parseRotation, (rotation) => unpackRequest({ kind: "rotate", rotation }))],
  ["rollback", within("rollback", parseRollback, (rollback) => ({ kind: "rollback", rollback }))],
  ["retire", within("retirement", parseRetirement, (retirement) => ({ kind: "retire", retirement }))],
  ["resolve", within("resolution", parseResolution, (resolution) => ({ kind: "resolve", resolution }))],
] satisfies [string, (raw: Raw, actor: ActorOf) => WorkRequest | null][]);

function within<T>(
  key: string,
  parse: (raw: Raw, actor: ActorOf) => T | null,
  request: (value: T) => WorkRequest,
): (raw: Raw, actor: ActorOf) => WorkRequest | null {
  return (raw, actor) => {
    const inner = raw[key];
    const value = isRecord(inner) ? parse(inner, actor) : null;
    return value === null ? null : request(value);
  };
}

function parseAdopt({ secrets }: Raw): WorkRequest | null {
  return secrets === null || isNames(secrets) ? { kind: "adopt", secrets } : null;
}

function parseScan({ scans }: Raw): WorkRequest | null {
  return scans === null || isNames(scans) ? { kind: "scan", scans } : null;
}

function parseRotation(raw: Raw, actor: ActorOf): RotationMessage | null {
  const { secrets, now, revokeNow, outsideWindow, given, reason = null, actor: claimed = null } = raw;
  if (secrets !== null && !isNames(secrets)) return null;
  if (!isFlag(now) || !isFlag(revokeNow) || !isFlag(outsideWindow)) return null;
  if (!isText(reason) || !isText(claimed)) return null;
  if (given !== undefined && !isGiven(given)) return null;
  // What comes over a socket was asked for by somebody.
  const asked = { trigger: "manual", reason, actor: actor(claimed) } as const;
  return { secrets, now, revokeNow, outsideWindow, ...asked, ...(given === undefined ? {} : { given }) };
}

function parseRollback(raw: Raw, actor: ActorOf): RollbackRequest | null {
  const { secret, reason = null, actor: claimed = null } = raw;
  if (!isName(secret) || !isText(reason) || !isText(claimed)) return null;
  return { secret, reason, actor: actor(claimed) };
}

function parseRetirement(raw: Raw, actor: ActorOf): RetireRequest | null {
  const { secret, done, reason = null, actor: claimed = null } = raw;
  if (!isName(secret) || !isFlag(done) || !isText(reason) || !isText(claimed)) return null;
  return { secret, done, reason, actor: actor(claimed) };
}

function parseResolution(raw: Raw, actor: ActorOf): Resolution | null {
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

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGiven(value: unknown): value is GivenMessage {
  if (!isRecord(value) || !isName(value["secret"]) || !isRecord(value["material"])) return false;
  const parts = Object.values(value["material"]);
  return parts.length > 0 && parts.every((part) => typeof part === "string");
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
