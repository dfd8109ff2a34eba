import { isIP } from "node:net";
import { z } from "zod";
import { durationSchema, pathSchema } from "../../connections/schema.ts";

const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?$/;

export const certificateSchema = z.strictObject({
  kind: z.literal("certificate"),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(443),
  /** Each is asked for by itself, and the certificate must be for it; `host` when not given. */
  names: z.array(z.string().min(1)).min(1).optional(),
  /** Where the replicas are, a port each where it is another one; `all`: every address that `host` resolves to. */
  addresses: z
    .union([
      z.literal("all"),
      z
        .array(
          z
            .string()
            .refine(
              (text) => ADDRESS.test(text) || isIP(text) > 0,
              'must be a host or an address, perhaps with a port, such as "192.0.2.7:8443" or "[::1]:443"',
            ),
        )
        .min(1),
    ])
    .optional(),
  /** Trusted beside the well-known authorities. */
  caFile: pathSchema.optional(),
  profile: z.enum(["web-pki", "rfc5280"]).default("web-pki"),
  within: durationSchema.prefault("60s"),
  every: durationSchema.prefault("1s"),
});

export type CertificateProbeConfig = z.output<typeof certificateSchema>;
