import { z } from "zod";
import { templateSchema } from "../../connections/schema.ts";
import { templateParts } from "../../domain/template.ts";
import { dockerSecretSchema } from "../docker-secret/config.ts";

/** Everybody who may talk to a manager can read a config: what is secret must not get into one. */
const PUBLIC = new Set(["certificate", "chain", "fullchain"]);

const { connection, name, services, converge } = dockerSecretSchema.shape;

export const dockerConfigSchema = z.strictObject({
  kind: z.literal("docker-config"),
  connection,
  name,
  content: templateSchema.refine(
    (template) => (templateParts(template) ?? []).every((part) => PUBLIC.has(part)),
    "may name {certificate}, {chain} and {fullchain} only: a config is no secret, so use the target docker-secret",
  ),
  /** Where services find it. */
  mount: z
    .string()
    .regex(/^\/[^\0]+$/, "must be an absolute path")
    .optional(),
  services,
  converge,
});

export type DockerConfigConfig = z.infer<typeof dockerConfigSchema>;
