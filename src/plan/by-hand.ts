/** What a person who makes and revokes a secret's credentials is told. Pure. */
import type { RecordedError } from "../domain/errors.ts";
import type { ByHand } from "../domain/ports.ts";
import type { SecretState, VersionState } from "../domain/state.ts";
import { DAY_MS, isoOrNull, type Instant } from "../domain/time.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";

/** A week holds a working day, whatever the holidays. */
const PATIENCE_MS = 7 * DAY_MS;

export function valueNeeded(
  secret: SecretName,
  byHand: ByHand,
  now: Instant,
  state?: SecretState,
): RecordedError {
  const notAfter = currentOf(state)?.notAfter ?? null;
  const expired = notAfter !== null && notAfter <= now;
  return {
    code: "value-needed",
    kind: "rejected",
    message: expired
      ? `version ${state?.current} of ${secret} expired at ${isoOrNull(notAfter)}, and nobody has given a new value`
      : `only a person can give ${secret} its next value`,
    hint: `${where(byHand)}Give it with \`keyturn rotate ${secret} --value-stdin\`.`,
  };
}

export function valueUnused(secret: SecretName, version: VersionState, byHand: ByHand): RecordedError {
  return {
    code: "value-unused",
    kind: "rejected",
    message: `version ${version.version} of ${secret} did not come into use, and its value is not kept`,
    hint: `See \`keyturn show ${version.run}\`. Give the value again once that is mended, or revoke it. ${where(byHand)}`.trim(),
  };
}

/** Every consumer was seen to use the current version, so the previous one may go. */
export function revokeByHand(state: SecretState, byHand: ByHand): RecordedError {
  const { secret, current, previous, versions } = state;
  const given = isoOrNull(versions[String(previous)]?.createdAt ?? null);
  const uses = current === null ? "nobody uses it any more" : `everyone uses version ${current}`;
  return {
    code: "revoke-by-hand",
    kind: "rejected",
    message: `version ${previous} of ${secret}, given ${given}, is to be revoked by a person: ${uses}`,
    hint: `${where(byHand)}Then say so: \`keyturn retire ${secret} --done\`.`,
  };
}

/** Whether a person was told to revoke the previous version, and has not said that it is done. */
export function waitsForPerson({ previous, retireError }: SecretState): boolean {
  return previous !== null && retireError?.code === "revoke-by-hand";
}

/** When a person who was told to revoke something should have done so. */
export function revokeLateAt({ retireAt }: SecretState): Instant | null {
  return retireAt === null ? null : retireAt + PATIENCE_MS;
}

export function isRevokedByHand({ revokedByHand }: SecretState, version: VersionNumber | null): boolean {
  return revokedByHand !== undefined && revokedByHand === version;
}

export function currentOf(state: SecretState | undefined): VersionState | undefined {
  return state?.current == null ? undefined : state.versions[String(state.current)];
}

/** In angle brackets an address ends where it ends, whatever follows (RFC 3986, appendix C). */
function where({ instructions, url }: ByHand): string {
  const told = [...(instructions === null ? [] : [instructions]), ...(url === null ? [] : [`See <${url}>.`])];
  return told.map((text) => `${text.replace(/[^.!?]$/, "$&.")} `).join("");
}
