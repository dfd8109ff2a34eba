/** What `doctor` says of one thing. Whatever a rotation needs can look at itself and answers with these. */
import { ERROR_HELP } from "./error-help.ts";
import { asRotationError } from "./errors.ts";
import type { Marker } from "./version.ts";

/**
 * - `proved`: it was looked at, or tried in a way that changes nothing.
 * - `inferred`: it follows from what was seen, but only doing it would prove it; or it is worth knowing.
 * - `not-checkable`: it could not be looked at; the message says why.
 * - `failed`: a rotation would fail or do harm, now or soon.
 */
export type CheckResult = "proved" | "inferred" | "not-checkable" | "failed";

/** Every check, with what it looks at. `docs/doctor.md` is held equal to this table by a test. */
export const CHECKS = {
  // this machine
  "config-access": "Nobody else can change the configuration files.",
  "clock-synchronised": "The machine's clock is kept right by a time service.",
  "clock-offset": "The clock agrees, within a minute, with the Date of another side's answer.",
  "seal-key": "The seal key is there, is a key, and only keyturn may read it.",
  "seal-key-place": "The seal key does not lie in the state folder, where one back-up would hold both.",
  "seal-key-fits": "The seal key opens what the journal has sealed.",
  "state-folder": "The state folder is keyturn's alone and can be written.",
  "journal-chain": "Every entry of the journal, and every sealed value, is what was written.",
  "audit-folder": "The audit folder is keyturn's alone and can be written.",
  "audit-in-step": "The audit log tells the same as the journal.",
  space: "There is room on the file system.",
  // connections
  reachable: "It answers.",
  "signed-in": "keyturn's own credential is accepted.",
  "own-credential": "keyturn's own certificate is not about to expire.",
  "api-permission": "The permission that rotations need is granted.",
  "engine-version": "The engine is of a release that keyturn knows.",
  swarm: "The engine's part in a swarm.",
  "node-engine": "The engine of a node answers.",
  "file-mounts": "No container mounts a delivered file itself: it would never see a later version.",
  // issuers
  application: "The application is there.",
  owner: "keyturn may change this application.",
  "add-password": "A new client secret would be accepted.",
  lifetime: "The tenant's policies allow client secrets, and of the configured lifetime.",
  room: "The application has room for one more client secret.",
  "forgotten-secret": "A client secret that keyturn did not make.",
  role: "The roles are there, and the next version finds one that is free.",
  rights: "What one role may do, the one that takes its turn can be given.",
  "end-sessions": "keyturn may end sessions of a role that is revoked at once.",
  generator: "New values are made on this machine.",
  "renewed-files": "The files that somebody else renews are there and belong together.",
  "chain-trusted": "A fresh client trusts the certificate as it stands in the files.",
  renewal: "Who renews the certificate.",
  // targets
  manager: "The engine is a swarm manager.",
  service: "A service that uses the secret: there, and can be switched.",
  "update-policy": "What swarm does by itself when a switch fails.",
  "task-node": "The engine of a node that runs a task is known.",
  folder: "The folder is there and others cannot swap its files.",
  writable: "keyturn can write there.",
  replaceable: "The path can be replaced by a rename.",
  "file-owner": "The configured owner exists, and keyturn may give files away.",
  content: "What stands there now.",
  // reloads and probes
  process: "The process is there, and is the one that is meant.",
  "may-signal": "keyturn may send the signal.",
  unit: "The unit is loaded and active, and can do what is asked.",
  "may-manage": "keyturn may change what it must: a unit, a swarm, a role.",
  container: "The container, or one of the service, runs here.",
  program: "The program is there and may be executed.",
  effect: "What only doing it would show.",
  credential: "The file with the credential can be read.",
  answer: "What the probe sees now.",
} as const;

export type CheckName = keyof typeof CHECKS;

export interface Finding {
  readonly check: CheckName;
  readonly result: CheckResult;
  readonly message: string;
  /** How to mend it, as an instruction; always there when it failed. */
  readonly hint?: string;
}

/** A finding, and what it is about: `connection entra`. */
export interface Check extends Finding {
  readonly subject: string;
}

/** What the rest of keyturn knows and a leaf may need to judge what it sees. */
export interface Surroundings {
  /** Whether this journal made what carries the marker. */
  isOurs(marker: Marker): boolean;
  /** Files on this machine that consumers read and that a rotation replaces; absolute. */
  readonly files: readonly string[];
}

/**
 * Looks at itself. MUST change nothing anywhere, and send nothing but reads; MUST answer, not throw, for what it finds
 * wrong. It throws when nothing of it could be read at all; what lies behind it is not looked at then.
 */
export type Inspect = (around: Surroundings, signal: AbortSignal) => Promise<readonly Finding[]>;

export function proved(check: CheckName, message: string): Finding {
  return { check, result: "proved", message };
}

export function inferred(check: CheckName, message: string, hint?: string): Finding {
  return { check, result: "inferred", message, ...(hint === undefined ? {} : { hint }) };
}

export function notCheckable(check: CheckName, message: string, hint?: string): Finding {
  return { check, result: "not-checkable", message, ...(hint === undefined ? {} : { hint }) };
}

export function failed(check: CheckName, message: string, hint: string): Finding {
  return { check, result: "failed", message, hint };
}

/** What a refused or broken read says. */
export function failedBy(check: CheckName, thrown: unknown): Finding {
  const { code, message, hint } = asRotationError(thrown);
  return failed(check, message, hint ?? ERROR_HELP[code]);
}

/** The findings of one part, so that a part that cannot be read does not hide the others. */
export async function looked(
  check: CheckName,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  return look().catch((thrown: unknown) => [failedBy(check, thrown)]);
}
