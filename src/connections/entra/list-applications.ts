/**
 * Applications that keyturn may manage: those that its service principal owns, or all of the tenant where it was granted
 * that. https://learn.microsoft.com/graph/api/serviceprincipal-list-ownedobjects, …/application-list, …/paging
 */
import { z } from "zod";
import { RotationError } from "../../domain/errors.ts";
import { readAgain } from "../../domain/read-again.ts";
import type { Clock } from "../../domain/time.ts";
import type { Graph } from "./graph.ts";
import type { EntraApplication } from "./password-credential.ts";

export interface NamedApplication extends EntraApplication {
  readonly displayName: string;
}

export interface ApplicationsOrder {
  /** `owned` by the service principal of this client id, or `all`. */
  readonly whose: "owned" | "all";
  readonly clientId: string;
  readonly graphUrl: string;
  readonly clock: Clock;
}

const MOST_PAGES = 1_000;
const SELECT = "$select=id,appId,displayName";

const page = z.object({ value: z.array(z.unknown()), "@odata.nextLink": z.string().optional() });
/** Owned objects are of any type; only applications have an `appId` and may be asked for passwords. */
const application = z.object({
  "@odata.type": z.literal("#microsoft.graph.application").optional(),
  id: z.guid(),
  appId: z.guid(),
  displayName: z.string().nullish(),
});

export async function listApplications(
  graph: Graph,
  { whose, clientId, graphUrl, clock }: ApplicationsOrder,
  signal: AbortSignal,
): Promise<readonly NamedApplication[]> {
  const what = whose === "owned" ? "list the applications that keyturn owns" : "list the applications";
  const found: NamedApplication[] = [];
  let path: string | null =
    whose === "owned"
      ? `/servicePrincipals(appId='${clientId}')/ownedObjects?${SELECT}`
      : `/applications?${SELECT}`;
  for (let pages = 0; path !== null; pages += 1) {
    if (pages >= MOST_PAGES) throw unexpected(what, "has no end");
    const at: string = path;
    const body = await readAgain(clock, signal, () => graph.call({ what, method: "GET", path: at }, signal));
    const parsed = page.safeParse(body);
    if (!parsed.success) throw unexpected(what, "is not a list");
    found.push(...parsed.data.value.flatMap(readOne));
    path = pathOf(parsed.data["@odata.nextLink"], graphUrl, what);
  }
  return found;
}

function readOne(item: unknown): readonly NamedApplication[] {
  const parsed = application.safeParse(item);
  if (!parsed.success) return [];
  const { id, appId, displayName } = parsed.data;
  return [{ objectId: id.toLowerCase(), appId: appId.toLowerCase(), displayName: displayName ?? appId }];
}

/** A link that leads elsewhere would take the token along. */
function pathOf(link: string | undefined, graphUrl: string, what: string): string | null {
  if (link === undefined) return null;
  const base = `${graphUrl}/v1.0/`;
  if (link.startsWith(base)) return link.slice(base.length - 1);
  throw unexpected(what, "goes on at another address");
}

function unexpected(what: string, why: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "rejected",
    message: `could not ${what}: Graph's answer ${why}`,
    hint: "Check graphUrl, and whether a proxy answers in Graph's place.",
  });
}
