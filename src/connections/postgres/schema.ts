import { z } from "zod";
import { durationSchema, pathSchema, secretFileSchema } from "../schema.ts";

/** Longer names are cut by PostgreSQL, in silence (NAMEDATALEN - 1). */
const LONGEST_NAME = 63;

/** The name of a role or a database, as PostgreSQL stores it: nothing is folded to lower case. */
export const postgresNameSchema = z
  .string()
  .min(1, "must not be empty")
  .refine(
    (name) => Buffer.byteLength(name) <= LONGEST_NAME,
    `must have no more than ${LONGEST_NAME} bytes: PostgreSQL cuts what is longer`,
  )
  .refine((name) => !/[\0\r\n]/.test(name), "must not hold line breaks or NUL");

const tlsSchema = z
  .strictObject({
    /** Certificates (PEM) that are trusted instead of the usual ones. */
    caFile: pathSchema.optional(),
    /** keyturn's own certificate, where the server signs in with `cert`. */
    certFile: pathSchema.optional(),
    keyFile: secretFileSchema.optional(),
  })
  .refine(
    (tls) => (tls.certFile === undefined) === (tls.keyFile === undefined),
    "must hold both of certFile and keyFile, or neither",
  );

export const postgresConnectionSchema = z
  .strictObject({
    kind: z.literal("postgres"),
    /** A name or an address; or the folder of the Unix socket, which begins with `/`. Of the primary, not of a pooler. */
    host: z.string().min(1, "must not be empty"),
    port: z.int().min(1).max(65_535).default(5432),
    /** Where keyturn itself signs in. */
    database: postgresNameSchema.default("postgres"),
    /** The role that keyturn itself signs in as. */
    user: postgresNameSchema.optional(),
    /** Its password; left out where the server asks for none (`peer`, `cert`). */
    passwordFile: secretFileSchema.optional(),
    /** Both in one file, on two lines, so that a rotation of keyturn's own role replaces them together. */
    credentialFile: secretFileSchema.optional(),
    /** `false` for none. By default TLS is used for every host that is neither a socket nor this machine. */
    tls: z.union([z.literal(false), tlsSchema]).optional(),
    /** How long connecting, and each statement, may take. */
    timeout: durationSchema.default(15_000),
  })
  .refine((config) => (config.user === undefined) !== (config.credentialFile === undefined), {
    message: "must hold exactly one of user and credentialFile",
    path: ["user"],
  })
  .refine((config) => config.credentialFile === undefined || config.passwordFile === undefined, {
    message: "stands in credentialFile already",
    path: ["passwordFile"],
  });

export type PostgresConnectionConfig = z.output<typeof postgresConnectionSchema>;
