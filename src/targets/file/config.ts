import { z } from "zod";
import { pathSchema } from "../../connections/schema.ts";
import { templateParts } from "../../domain/template.ts";

export const fileSchema = z.strictObject({
  kind: z.literal("file"),
  /** The stable path: a relative symlink to the version in use. */
  path: pathSchema.refine(
    (path) => !path.endsWith("/"),
    "must be the path of a file, without a slash at its end",
  ),
  content: z
    .string()
    .default("{value}")
    .refine(
      (template) => templateParts(template) !== null,
      "has a brace that stands alone; write {{ or }} for a brace",
    ),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be an octal mode such as "0400", in quotes')
    .default("0400"),
  owner: z
    .string()
    .regex(/^[^\s:]+(:[^\s:]+)?$/, 'must be "user", "user:group" or numbers')
    .optional(),
  /** Each is checked by its own kind. */
  reload: z.array(z.looseObject({ kind: z.string() })).default([]),
});

export type FileConfig = z.infer<typeof fileSchema>;
