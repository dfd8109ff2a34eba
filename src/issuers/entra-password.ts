/**
 * Client secrets ("passwords") of an Entra application.
 *
 * - Vendor: https://learn.microsoft.com/graph/api/application-addpassword
 * - Permissions: `Application.ReadWrite.OwnedBy`, with keyturn's service principal an owner of each application (least), or
 *   `Application.ReadWrite.All`.
 * - Marker: the credential's `displayName`, which is all that Graph keeps of a request.
 */
import { z } from "zod";
import { connectionNameSchema, durationSchema, guidSchema } from "../connections/schema.ts";
import type { EntraConnection } from "../connections/entra/entra-connection.ts";
import type { IssuerKind } from "../domain/ports.ts";
import { MINUTE_MS } from "../domain/time.ts";
import { discoverApplications } from "./entra-password/discover.ts";
import { EntraPasswordIssuer } from "./entra-password/entra-password-issuer.ts";

export const entraPasswordSchema = z.strictObject({
  kind: z.literal("entra-password"),
  connection: connectionNameSchema,
  /** Client id (appId) or object id of the application whose secret is rotated. */
  application: guidSchema,
  /** Lifetime of a new secret. */
  validFor: durationSchema,
  /** How long a new secret may be refused before that counts as a failure. */
  settle: durationSchema.default(5 * MINUTE_MS),
  /** Key ids of secrets made by others that keyturn may retire. */
  adopt: z.array(guidSchema).optional(),
});

export type EntraPasswordConfig = z.output<typeof entraPasswordSchema>;

export const entraPassword: IssuerKind<EntraPasswordConfig> = {
  kind: "entra-password",
  connectionKind: "entra",
  material: "issued",
  authenticates: true,
  schema: entraPasswordSchema,
  overlap: () => "dual",
  adopts: (config) => config.adopt ?? [],
  connect: async (config, _secret, context) =>
    new EntraPasswordIssuer(
      config,
      context.connection<EntraConnection>("entra", config.connection),
      context.clock,
    ),
  discover: discoverApplications,
};
