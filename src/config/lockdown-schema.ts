/** The `lockdown` section. What contains, disables and denies is checked by its kind's own schema, in a second pass. */
import { z } from "zod";
import { duration, NAME, path } from "./scalars.ts";

const leaf = z.looseObject({ kind: z.string() });

const scope = z.strictObject({
  contain: z.array(leaf).min(1).describe("What is held still, before anything else is done."),
  disable: z.array(leaf).default([]).describe("Identities that may not sign in any more."),
  preserve: z
    .strictObject({
      dir: path.describe("Each lockdown gets a folder of its own in it."),
      image: z.boolean().default(true),
      logs: z.boolean().default(true),
      processes: z.boolean().default(true),
      network: z.boolean().default(true),
      changedFiles: z.boolean().default(true),
      timeout: duration({ positive: true }).prefault("60s"),
      required: z
        .boolean()
        .default(false)
        .describe("Nothing that would destroy evidence is done before all of it is there."),
    })
    .optional(),
  rotate: z
    .strictObject({
      secrets: z.array(z.string()).min(1).describe('Names, or "*" for every secret.'),
      revokeFirst: z
        .boolean()
        .default(false)
        .describe("The old credential is revoked before a new one is made, not after."),
    })
    .optional(),
  deny: z.array(leaf).default([]).describe("What makes the restarted services refuse everything."),
  resume: z
    .enum(["denied", "contained"])
    .default("denied")
    .describe("denied: restarted under what `deny` says; contained: left stopped."),
  notify: z.array(z.string()).default([]).describe("Names of channels in `notify`."),
});

export const lockdownSchema = z.strictObject({
  scopes: z.record(z.string().regex(NAME, "cannot be the name of a scope"), scope),
});

export type LockdownDocument = z.output<typeof lockdownSchema>;
export type ScopeDocument = z.output<typeof scope>;
