import { isIP } from "node:net";
import { z } from "zod";
import { durationSchema, pathSchema } from "../../connections/schema.ts";

const HOST = /^(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

export const certificateFileSchema = z.strictObject({
  kind: z.literal("certificate-file"),
  /** The leaf, PEM; the certificates of its chain may follow. */
  certificateFile: pathSchema,
  /** Where they stand apart. */
  chainFile: pathSchema.optional(),
  /** PEM, not encrypted. */
  keyFile: pathSchema,
  /** Hosts and addresses that a certificate must be for, whatever the one before was for. */
  names: z
    .array(
      z.string().refine((name) => HOST.test(name) || isIP(name) > 0, "must be a host name or an address"),
    )
    .default([]),
  /** Trusted beside the well-known authorities: a company's own. */
  caFile: pathSchema.optional(),
  /** `rfc5280` for authorities that do not keep the rules of browsers. */
  profile: z.enum(["web-pki", "rfc5280"]).default("web-pki"),
  /** Files that were written more recently than this may still be changing. */
  quiet: durationSchema.prefault("10s"),
  /** In what a certificate may be less than the one that it replaces. */
  accept: z.array(z.enum(["earlier-expiry", "fewer-names", "weaker-key"])).default([]),
});

export type CertificateFileConfig = z.output<typeof certificateFileSchema>;
