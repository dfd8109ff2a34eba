import { z } from "zod";
import { dockerNameSchema } from "../../connections/docker/running-containers.ts";
import { connectionNameSchema } from "../../connections/schema.ts";

export const dockerContainmentSchema = z
  .strictObject({
    kind: z.literal("docker"),
    /** A manager, where services are named. */
    connection: connectionNameSchema,
    services: z.array(dockerNameSchema).default([]),
    /** Containers that are no tasks of a service. */
    containers: z.array(dockerNameSchema).default([]),
    how: z.enum(["pause", "disconnect", "scale-to-zero"]).default("pause"),
  })
  .refine(
    ({ services, containers }) => services.length + containers.length > 0,
    "needs at least one of `services` and `containers`",
  );

export type DockerContainmentConfig = z.infer<typeof dockerContainmentSchema>;

export const dockerEnvSchema = z.strictObject({
  kind: z.literal("docker-env"),
  /** One that the scope contains. */
  service: dockerNameSchema,
  /** Set over what the service has; not for secrets: a service's environment is no secret. */
  env: z
    .record(z.string().regex(/^[^=\0]+$/, "must be the name of an environment variable"), z.string())
    .refine((env) => Object.keys(env).length > 0, "must name at least one variable"),
});

export type DockerEnvConfig = z.infer<typeof dockerEnvSchema>;
