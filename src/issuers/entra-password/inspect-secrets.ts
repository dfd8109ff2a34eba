/** An application's client secrets: whether one more fits, and which of them somebody may have forgotten. */
import type { PasswordCredential } from "../../connections/entra/password-credential.ts";
import { failed, inferred, proved, type Finding, type Surroundings } from "../../domain/check.ts";
import { DAY_MS, formatDuration, type Instant } from "../../domain/time.ts";
import { parseMarker } from "../../domain/version.ts";
import type { ApplicationFacts, FoundApplication } from "./inspect-application.ts";

/** An application for personal accounts holds two; others are limited by the size of the object, to about 1,000. */
const PERSONAL = "AzureADandPersonalMicrosoftAccount";
const [PERSONAL_LIMIT, LIMIT] = [2, 1000];
/** Whoever made it a year ago will hardly come back for it. */
const FORGOTTEN_MS = 365 * DAY_MS;
/** With hundreds of secrets nobody reads each. */
const MOST_TOLD = 20;

export function inspectSecrets(
  { now, adopted }: Pick<ApplicationFacts, "now" | "adopted">,
  { appId, audience, passwords }: FoundApplication,
  around: Surroundings,
): readonly Finding[] {
  const foreign = passwords.filter(({ displayName }) => !isOurs(displayName, around));
  const limit = audience === PERSONAL ? PERSONAL_LIMIT : LIMIT;
  const told = foreign
    .toSorted((a, b) => (a.startAt ?? 0) - (b.startAt ?? 0))
    .map((one) => judge(one, appId, adopted, now))
    .toSorted((a, b) => Number(b.result === "failed") - Number(a.result === "failed"));
  const more = told.length - MOST_TOLD;
  const rest =
    more <= 0 ? [] : [inferred("forgotten-secret", `… and ${more} more that keyturn did not make`)];
  return [room(passwords, foreign, limit, appId), ...told.slice(0, MOST_TOLD), ...rest];
}

/** Previous ones of ours go by themselves; what must fit is those of others, a current one for each secret, and a new one. */
function room(
  passwords: readonly PasswordCredential[],
  foreign: readonly PasswordCredential[],
  limit: number,
  appId: string,
): Finding {
  const ours = passwords.filter((one) => !foreign.includes(one));
  const current = new Set(ours.map(({ displayName }) => parseMarker(displayName ?? "")?.secret)).size;
  const needed = foreign.length + current + 1;
  const told = `it holds ${passwords.length} of ${limit === LIMIT ? "about 1000" : limit} client secrets`;
  if (needed <= limit) return proved("room", told);
  const [oldest] = foreign.toSorted((a, b) => (a.startAt ?? 0) - (b.startAt ?? 0));
  const names = foreign.slice(0, 5).map(named).join(", ");
  return failed(
    "room",
    `${told}, so a rotation finds no room for a new one; not made by keyturn: ${names === "" ? "none" : names}`,
    oldest === undefined
      ? "Give each secret an application of its own: several share this one."
      : `Remove one that nothing uses: ${removal(appId, oldest)}`,
  );
}

function judge(one: PasswordCredential, appId: string, adopted: readonly string[], now: Instant): Finding {
  const [ageMs, leftMs] = [now - (one.startAt ?? now), (one.endAt ?? Number.POSITIVE_INFINITY) - now];
  const until =
    leftMs <= 0
      ? `expired ${formatDuration(-leftMs)} ago`
      : Number.isFinite(leftMs)
        ? `expires in ${formatDuration(leftMs)}`
        : "never expires";
  const told = `${named(one)} was not made by keyturn, is ${formatDuration(ageMs)} old and ${until}`;
  if (adopted.includes(one.keyId)) return proved("forgotten-secret", `${told}; it is adopted`);
  if (leftMs <= 0) return failed("forgotten-secret", told, `Remove it: ${removal(appId, one)}`);
  if (ageMs <= FORGOTTEN_MS) return inferred("forgotten-secret", told);
  return failed(
    "forgotten-secret",
    told,
    `Find who uses it; if nobody does, remove it: ${removal(appId, one)}`,
  );
}

function isOurs(displayName: string | null, around: Surroundings): boolean {
  return displayName !== null && parseMarker(displayName) !== null && around.isOurs(displayName);
}

function named({ displayName, keyId }: PasswordCredential): string {
  return displayName === null || displayName === "" ? keyId : `${JSON.stringify(displayName)} (${keyId})`;
}

function removal(appId: string, { keyId }: PasswordCredential): string {
  return `\`az ad app credential delete --id ${appId} --key-id ${keyId}\`.`;
}
