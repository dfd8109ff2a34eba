/** Applications whose client secrets keyturn may rotate, with the secrets they hold. */
import type { EntraConnection } from "../../connections/entra/entra-connection.ts";
import type { DiscoveryOrder, FoundIssuer } from "../../domain/discovery.ts";
import { readAgain } from "../../domain/read-again.ts";
import { listedPasswords } from "./listed-passwords.ts";

/** What a schedule that is proposed asks for; the tenant's policy may want less. */
const VALID_FOR = "180d";

export async function discoverApplications(
  { connection, configured, context }: DiscoveryOrder<{ readonly application: string }>,
  signal: AbortSignal,
): Promise<readonly FoundIssuer[]> {
  const entra = context.connection<EntraConnection>("entra", connection);
  const taken = new Set(configured.map(({ application }) => application));
  const found: FoundIssuer[] = [];
  for (const { appId, objectId, displayName } of await entra.applications(signal)) {
    if (taken.has(appId) || taken.has(objectId)) continue;
    const passwords = await readAgain(context.clock, signal, () => entra.passwords(objectId, signal));
    const leaf = { kind: "entra-password", connection, application: appId, validFor: VALID_FOR };
    found.push({ name: displayName, leaf, credentials: listedPasswords(passwords) });
  }
  return found;
}
