import { z } from "zod";
import { connectionNameSchema, durationSchema, templateSchema } from "../../connections/schema.ts";
import { LONGEST_BASE_NAME } from "./copy.ts";

export const dockerSecretSchema = z.strictObject({
  kind: z.literal("docker-secret"),
  connection: connectionNameSchema,
  name: z
    .string()
    .regex(
      /^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/,
      "must be letters, digits, '_', '.' or '-', with a letter or digit at both ends",
    )
    .max(
      LONGEST_BASE_NAME,
      `must be at most ${LONGEST_BASE_NAME} characters: Docker allows 64, and a version adds _v<N>`,
    ),
  content: templateSchema.default("{value}"),
  services: z.union([z.literal("auto"), z.array(z.string().min(1)).min(1)]).default("auto"),
  converge: durationSchema.prefault("10m"),
});

export type DockerSecretConfig = z.infer<typeof dockerSecretSchema>;
