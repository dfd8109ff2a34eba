import { z } from "zod";
import { pathSchema, secretFileSchema, templateSchema } from "../../connections/schema.ts";
import { fileAccess } from "../file/access.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

const textFile = z.strictObject({
  format: z.literal("text").optional(),
  content: templateSchema,
  ...fileAccess,
});

const pkcs12File = z.strictObject({
  format: z.literal("pkcs12"),
  passwordFile: secretFileSchema,
  /** What key stores call the key. */
  alias: z.string().min(1).max(100).default("keyturn"),
  ...fileAccess,
});

export const filesSchema = z.strictObject({
  kind: z.literal("files"),
  /** The folder that processes read from. */
  path: pathSchema.refine((path) => !path.endsWith("/"), "must have no slash at its end"),
  /** Tells several targets of one folder apart. */
  name: z.string().max(100).regex(NAME, "must be letters, digits, '_', '.' or '-'").default("keyturn"),
  /** By name in the folder. */
  files: z
    .record(
      z.string().max(100).regex(NAME, "must be a file name that does not begin with a dot"),
      z.discriminatedUnion("format", [textFile, pkcs12File]),
    )
    .refine((files) => Object.keys(files).length > 0, "must name a file"),
  /** Each is checked by its own kind. */
  reload: z.array(z.looseObject({ kind: z.string() })).default([]),
});

export type FilesConfig = z.infer<typeof filesSchema>;
export type FileOrder = FilesConfig["files"][string];
