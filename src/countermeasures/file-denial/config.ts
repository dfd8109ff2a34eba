import { z } from "zod";
import { pathSchema } from "../../connections/schema.ts";

export const fileDenialSchema = z.strictObject({
  kind: z.literal("file"),
  /** What the service reads. */
  path: pathSchema,
  /** What stands there during the lockdown. */
  from: pathSchema,
  /** Each is checked by its own kind. */
  reload: z.array(z.looseObject({ kind: z.string() })).default([]),
});

export type FileDenialConfig = z.infer<typeof fileDenialSchema>;
