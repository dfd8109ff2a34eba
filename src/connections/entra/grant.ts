/**
 * What keyturn's own access token says of it: the roles it was granted and its service principal's object id.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference. Its form is promised to Graph, not
 * to us, so a token that cannot be read says nothing about the permissions.
 */
import { z } from "zod";
import type { SecretValue } from "../../domain/material.ts";

export interface Grant {
  readonly roles: readonly string[];
  /** Of keyturn's service principal. */
  readonly objectId: string | null;
}

const claims = z.object({ roles: z.array(z.string()).default([]), oid: z.guid().nullish() });

/** null when the token is not one that can be read. */
export function readGrant(token: SecretValue): Grant | null {
  const payload = token.reveal((text) => text.split(".")[1] ?? "");
  try {
    const { roles, oid } = claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    return { roles, objectId: oid?.toLowerCase() ?? null };
  } catch {
    return null;
  }
}

/** May change every application, and may change those it owns. */
export const [ANY_APPLICATION, OWN_APPLICATIONS] = [
  "Application.ReadWrite.All",
  "Application.ReadWrite.OwnedBy",
] as const;
