import { z } from "zod";
import { postgresNameSchema } from "../../connections/postgres/schema.ts";
import { connectionNameSchema, durationSchema } from "../../connections/schema.ts";
import { SECOND_MS } from "../../domain/time.ts";

/** Two are enough; more leave room for a version that is still being swept. */
const [FEWEST_ROLES, MOST_ROLES] = [2, 8];

export const postgresRoleSchema = z
  .strictObject({
    kind: z.literal("postgres-role"),
    connection: connectionNameSchema,
    /** `single-user` has no overlap: the old password dies with the new one's birth. */
    mode: z.enum(["alternating-users", "single-user"]),
    /** For `alternating-users`: roles that take turns. Those that are not there yet are made. */
    roles: z.array(postgresNameSchema).min(FEWEST_ROLES).max(MOST_ROLES).optional(),
    /** For `single-user`. */
    role: postgresNameSchema.optional(),
    /** A role without login that owns everything: each of `roles` is made a member of it, and creates as it. */
    owner: postgresNameSchema.optional(),
    /** Where a new version is proved by signing in; the connection's own database when left out. */
    database: postgresNameSchema.optional(),
    /** `VALID UNTIL` of a new version; when left out, what the role before it had. */
    validFor: durationSchema.optional(),
    /** How long a new password may be refused (by a pooler that is slow to learn of it) before that counts as a failure. */
    settle: durationSchema.default(10 * SECOND_MS),
    /** Roles whose password others set, and that keyturn may close, or in `single-user` mode overwrite. */
    adopt: z.array(postgresNameSchema).optional(),
  })
  .superRefine(({ mode, roles, role, owner, adopt = [] }, context) => {
    const complain = (path: readonly (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    const names = roles ?? (role === undefined ? [] : [role]);
    if (mode === "single-user") {
      if (role === undefined) complain(["role"], "is needed with `single-user`");
      if (roles !== undefined) complain(["roles"], "goes with `alternating-users` only");
      if (owner !== undefined) complain(["owner"], "goes with `alternating-users` only");
    } else {
      if (roles === undefined) complain(["roles"], "is needed with `alternating-users`");
      if (role !== undefined) complain(["role"], "goes with `single-user` only");
      if (new Set(roles).size < (roles ?? []).length) complain(["roles"], "must not hold a role twice");
      if (owner !== undefined && names.includes(owner))
        complain(["owner"], "must be a role without login, none of `roles`");
    }
    for (const [at, name] of adopt.entries())
      if (!names.includes(name)) complain(["adopt", at], "is not one of the roles");
  });

export type PostgresRoleConfig = z.output<typeof postgresRoleSchema>;

/** The roles whose passwords are rotated. */
export function namesIn({ role, roles }: Pick<PostgresRoleConfig, "role" | "roles">): readonly string[] {
  return roles ?? [role as string];
}
