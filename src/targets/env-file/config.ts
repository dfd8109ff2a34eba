import { z } from "zod";
import { pathSchema, templateSchema } from "../../connections/schema.ts";
import { fileSchema } from "../file/config.ts";

const { mode, owner, reload } = fileSchema.shape;

export const envFileSchema = z.strictObject({
  kind: z.literal("env-file"),
  /** The environment file itself, not a link to it. */
  path: pathSchema.refine(
    (path) => !path.endsWith("/"),
    "must be the path of a file, without a slash at its end",
  ),
  key: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be a variable's name, such as AZURE_SECRET"),
  format: z.enum(["dotenv", "systemd"]),
  content: templateSchema.default("{value}"),
  /** Not given: as the file has it; a new one gets 0600. */
  mode: mode.unwrap().optional(),
  /** Not given: as the file has it. */
  owner,
  /** Each is checked by its own kind. */
  reload,
});

export type EnvFileConfig = z.infer<typeof envFileSchema>;
