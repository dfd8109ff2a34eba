/** What of an application stands in the way of a rotation, as `doctor` tells it. */
import type { EntraConnection } from "../../connections/entra/entra-connection.ts";
import { ANY_APPLICATION, OWN_APPLICATIONS, type Grant } from "../../connections/entra/grant.ts";
import type { PasswordCredential } from "../../connections/entra/password-credential.ts";
import {
  failed,
  inferred,
  looked,
  notCheckable,
  proved,
  type Finding,
  type Surroundings,
} from "../../domain/check.ts";
import { DAY_MS, formatDuration, type Instant } from "../../domain/time.ts";
import { inspectSecrets } from "./inspect-secrets.ts";

export interface ApplicationFacts {
  readonly entra: EntraConnection;
  /** As it is configured. */
  readonly application: string;
  readonly validForMs: number;
  readonly adopted: readonly string[];
  readonly now: Instant;
}

export interface FoundApplication {
  readonly objectId: string;
  readonly appId: string;
  readonly audience: string | null;
  readonly createdAt: Instant | null;
  readonly passwords: readonly PasswordCredential[];
}

export async function inspectApplication(
  facts: ApplicationFacts,
  around: Surroundings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { entra } = facts;
  return looked("application", async () => {
    const ids = await entra.reads.patiently(signal, () => entra.application(facts.application, signal));
    const found = { ...ids, ...(await entra.reads.application(ids.objectId, signal)) };
    const [may, rules] = await Promise.all([
      looked("owner", () => inspectOwner(facts, found, signal)),
      looked("lifetime", () => inspectLifetime(facts, found, signal)),
    ]);
    return [
      proved("application", `there is the application ${found.appId}, object ${found.objectId}`),
      ...may,
      ...rules,
      ...inspectSecrets(facts, found, around),
    ];
  });
}

async function inspectOwner(
  { entra }: ApplicationFacts,
  found: FoundApplication,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const grant = await entra.reads.grant(signal);
  if (grant?.roles.includes(ANY_APPLICATION) === true)
    return [proved("owner", `no ownership is needed with ${ANY_APPLICATION}`), mayAdd(ANY_APPLICATION)];
  const owners = await entra.reads.owners(found.objectId, signal);
  if (owners === null || grant?.objectId == null) {
    const why = owners === null ? "its owners cannot be read" : "keyturn's own object id is not known";
    return [notCheckable("owner", why, ownerHint(found, grant))];
  }
  if (!owners.includes(grant.objectId)) {
    return [
      failed(
        "owner",
        `keyturn's service principal ${grant.objectId} is not among the ${owners.length} owners of ${found.appId}, so it may not change it`,
        ownerHint(found, grant),
      ),
    ];
  }
  const owned = proved("owner", `keyturn's service principal is an owner of ${found.appId}`);
  return grant.roles.includes(OWN_APPLICATIONS)
    ? [owned, mayAdd(`${OWN_APPLICATIONS} and ownership`)]
    : [owned];
}

function mayAdd(by: string): Finding {
  return inferred(
    "add-password",
    `${by} suffice to add and remove client secrets; only adding one proves it`,
  );
}

function ownerHint({ appId }: FoundApplication, grant: Grant | null): string {
  const id = grant?.objectId ?? "<object id of keyturn's service principal>";
  return `Run \`az ad app owner add --id ${appId} --owner-object-id ${id}\`.`;
}

async function inspectLifetime(
  { entra, validForMs }: ApplicationFacts,
  { objectId, createdAt }: FoundApplication,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const rules = await entra.reads.passwordRules(objectId, createdAt, signal);
  if (rules === null) {
    return [
      notCheckable(
        "lifetime",
        "Graph does not let keyturn read the tenant's app management policies: that takes Policy.Read.All, which no rotation needs",
        `Ask the administrator whether client secrets of ${formatDuration(validForMs)} are allowed.`,
      ),
    ];
  }
  if (rules.isForbidden) {
    return [
      failed(
        "lifetime",
        "the tenant's app management policy forbids new client secrets for this application",
        "Ask the administrator for an exemption: an app management policy of the application's own.",
      ),
    ];
  }
  const { longestMs } = rules;
  if (longestMs === null || validForMs <= longestMs) {
    const limit = longestMs === null ? "set no limit" : `allow ${formatDuration(longestMs)}`;
    return [proved("lifetime", `validFor is ${formatDuration(validForMs)}; the tenant's policies ${limit}`)];
  }
  return [
    failed(
      "lifetime",
      `validFor is ${formatDuration(validForMs)}, and the tenant's policy allows ${formatDuration(longestMs)}`,
      `Set the issuer's validFor to ${Math.floor(longestMs / DAY_MS)}d or less, and rotate before that.`,
    ),
  ];
}
