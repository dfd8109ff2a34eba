import { z } from "zod";
import { pathSchema } from "../schema.ts";

const hostSchema = z
  .string()
  .regex(/^(unix:\/\/\/.+|tcp:\/\/[^/]+:\d{1,5})$/, "must be unix:///PATH or tcp://HOST:PORT");

export const dockerConnectionSchema = z.strictObject({
  kind: z.literal("docker"),
  /** A manager, for targets of kind docker-secret. */
  host: hostSchema,
  tls: z.strictObject({ caFile: pathSchema, certFile: pathSchema, keyFile: pathSchema }).optional(),
  /** Other engines of the swarm by node name, for what only the node that runs a task can do. */
  nodes: z.record(z.string().min(1), hostSchema).optional(),
});

export type DockerConnectionConfig = z.infer<typeof dockerConnectionSchema>;
