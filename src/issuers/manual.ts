/**
 * A value that only a person can get: from a vendor's web page, a letter, a colleague. What no API can rotate.
 *
 * - The value comes with the request (`keyturn rotate NAME --value-stdin`). There is nobody to call, so nothing carries the
 *   marker, nothing can be found or listed, and `verify` proves nothing: a secret of this kind needs a probe.
 * - `revoke` does nothing either. The core lets a person say that it is done (`keyturn retire NAME --done`) before it
 *   comes to that.
 * - `overlap: dual` (the default): the vendor takes the previous value until it is revoked. `none`: making a new value
 *   ends the old one, so consumers are cut off until they have switched, and the policy must say `allowGap`.
 */
import { z } from "zod";
import { durationSchema } from "../connections/schema.ts";
import { notCheckable } from "../domain/check.ts";
import type { Issuer, IssuerKind } from "../domain/ports.ts";
import { nobodyToAsk } from "./supplied/nobody-to-ask.ts";

const LONGEST_INSTRUCTIONS = 1_000;

export const manualSchema = z.strictObject({
  kind: z.literal("manual"),
  /** What a person does to make a new value and to revoke the old one; told when either is due. */
  instructions: z
    .string()
    .max(LONGEST_INSTRUCTIONS)
    .regex(/\S/, "must say something")
    .transform((text) => text.trim().replaceAll(/\s+/g, " "))
    .optional(),
  /** Where that is done. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** How long after it was given the vendor lets a value expire; never, when it is left out. */
  validFor: durationSchema.optional(),
  /** `none` where the vendor's old value dies at once when a new one is made. */
  overlap: z.enum(["dual", "none"]).default("dual"),
});

export type ManualConfig = z.output<typeof manualSchema>;

export const manual: IssuerKind<ManualConfig> = {
  kind: "manual",
  material: "supplied",
  authenticates: false,
  schema: manualSchema,
  overlap: (config) => config.overlap,
  byHand: ({ instructions = null, url = null, overlap }) => ({
    instructions,
    url,
    endsPrevious: overlap === "none",
  }),
  connect: async ({ validFor }, _secret, { clock }) =>
    ({
      ...nobodyToAsk({ clock, lifetimeMs: validFor ?? null }),
      async inspect() {
        return [notCheckable("generator", "a person makes new values where keyturn cannot look")];
      },
    }) satisfies Issuer,
};
