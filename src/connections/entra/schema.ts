import { z } from "zod";
import { durationSchema, guidSchema, httpsOriginSchema, pathSchema, secretFileSchema } from "../schema.ts";

const authSchema = z
  .strictObject({
    /** PEM with the private key (RSA) and the certificate. */
    certificateFile: secretFileSchema.optional(),
    clientSecretFile: secretFileSchema.optional(),
  })
  .refine(
    (auth) => (auth.certificateFile === undefined) !== (auth.clientSecretFile === undefined),
    "must hold exactly one of certificateFile and clientSecretFile",
  );

export const entraConnectionSchema = z.strictObject({
  kind: z.literal("entra"),
  /** The directory's id, or one of its domains. */
  tenant: z
    .string()
    .regex(
      /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,252}[a-zA-Z0-9])?$/,
      "must be a tenant's id or one of its domain names",
    ),
  /** The application that keyturn itself signs in as. */
  clientId: guidSchema,
  auth: authSchema,
  authorityHost: httpsOriginSchema.default("https://login.microsoftonline.com"),
  graphUrl: httpsOriginSchema.default("https://graph.microsoft.com"),
  /** Certificates (PEM) that are trusted beside the usual ones. */
  caFile: pathSchema.optional(),
  /** How long one request may take. */
  timeout: durationSchema.default(30_000),
});

export type EntraConnectionConfig = z.output<typeof entraConnectionSchema>;
