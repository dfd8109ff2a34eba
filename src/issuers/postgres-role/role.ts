/** A role as the catalog shows it to everybody, and what keyturn makes of that. */
import { z } from "zod";
import type { Session } from "../../connections/postgres/session.ts";
import type { Marker } from "../../domain/version.ts";
import { markerIn } from "./role-comment.ts";

const roleSchema = z.object({
  name: z.string(),
  can_login: z.boolean(),
  comment: z.string().nullable(),
  /** Null for ever. */
  valid_until_ms: z.number().nullable(),
});

export interface Role {
  readonly name: string;
  readonly canLogin: boolean;
  readonly comment: string | null;
  readonly marker: Marker | null;
  readonly notAfter: number | null;
}

const ROLES = `
  SELECT rolname AS name, rolcanlogin AS can_login, shobj_description(oid, 'pg_authid') AS comment,
         CASE WHEN isfinite(rolvaliduntil) THEN extract(epoch FROM rolvaliduntil)::float8 * 1000 END AS valid_until_ms
  FROM pg_roles`;

/** Those of the names that are there, in the order of the names. */
export async function rolesNamed(session: Session, names: readonly string[]): Promise<readonly Role[]> {
  const rows = await session.rows(roleSchema, `${ROLES} WHERE rolname = ANY($1)`, [names]);
  const roles = rows.map(roleFrom);
  return names.flatMap((name) => roles.find((role) => role.name === name) ?? []);
}

/** Whatever its name: the configuration may have named others when it was made. */
export async function rolesMarked(session: Session, marker: Marker): Promise<readonly Role[]> {
  const text = `${ROLES} WHERE right(shobj_description(oid, 'pg_authid'), $1) = $2`;
  const rows = await session.rows(roleSchema, text, [marker.length, marker]);
  return rows.map(roleFrom).filter((role) => role.marker === marker);
}

function roleFrom(row: z.output<typeof roleSchema>): Role {
  const { name, comment } = row;
  return {
    name,
    comment,
    canLogin: row.can_login,
    marker: markerIn(comment),
    notAfter: row.valid_until_ms,
  };
}

/** Somebody may sign in with a password that it has, or it carries a marker. */
export function isLive({ canLogin, marker }: Role): boolean {
  return canLogin || marker !== null;
}

/** One role is many credentials in the course of time, so its name alone will not do. */
export function credentialId({ name, marker }: Pick<Role, "name" | "marker">): string {
  return marker === null ? name : `${name}#${marker}`;
}

/** The role's name in an id that `credentialId` made. */
export function roleNameIn({ id, marker }: { readonly id: string; readonly marker: Marker | null }): string {
  return marker !== null && id.endsWith(`#${marker}`) ? id.slice(0, -marker.length - 1) : id;
}
