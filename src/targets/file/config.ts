import { z } from "zod";
import { pathSchema, templateSchema } from "../../connections/schema.ts";
import { fileAccess } from "./access.ts";

export const fileSchema = z.strictObject({
  kind: z.literal("file"),
  /** The stable path: a relative symlink to the version in use. */
  path: pathSchema.refine(
    (path) => !path.endsWith("/"),
    "must be the path of a file, without a slash at its end",
  ),
  content: templateSchema.default("{value}"),
  ...fileAccess,
  /** Each is checked by its own kind. */
  reload: z.array(z.looseObject({ kind: z.string() })).default([]),
});

export type FileConfig = z.infer<typeof fileSchema>;
