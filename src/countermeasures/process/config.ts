import { z } from "zod";
import { pathSchema } from "../../connections/schema.ts";

export const processContainmentSchema = z.strictObject({
  kind: z.literal("process"),
  /** Of a process on this machine. */
  pidFile: pathSchema,
  /** The signal that its secrets' targets send it, so that they are known to be its own. */
  signal: z.string().default("SIGHUP"),
});

export type ProcessContainmentConfig = z.infer<typeof processContainmentSchema>;
