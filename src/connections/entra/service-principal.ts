/**
 * Whether an application's service principal may sign in. Needs Application.ReadWrite.All, or Application.ReadWrite.OwnedBy
 * and ownership of the service principal. https://learn.microsoft.com/graph/api/serviceprincipal-update
 */
import { z } from "zod";
import { RotationError } from "../../domain/errors.ts";
import type { Graph } from "./graph.ts";

const principal = z.object({ accountEnabled: z.boolean() });

export async function readEnabled(graph: Graph, appId: string, signal: AbortSignal): Promise<boolean> {
  const what = `read the service principal of ${appId}`;
  const path = `${pathOf(appId)}?$select=id,accountEnabled`;
  const read = principal.safeParse(await graph.call({ what, method: "GET", path }, signal));
  if (read.success) return read.data.accountEnabled;
  throw new RotationError("unexpected-answer", {
    kind: "rejected",
    message: `could not ${what}: the answer is not a service principal`,
    hint: "Check graphUrl, and whether a proxy answers in Graph's place.",
  });
}

export async function writeEnabled(
  graph: Graph,
  appId: string,
  accountEnabled: boolean,
  signal: AbortSignal,
): Promise<void> {
  const what = `${accountEnabled ? "enable" : "disable"} the service principal of ${appId}`;
  await graph.call({ what, method: "PATCH", path: pathOf(appId), body: { accountEnabled } }, signal);
}

function pathOf(appId: string): string {
  return `/servicePrincipals(appId='${appId}')`;
}
