import type { IssuerKind } from "../domain/ports.ts";
import { certificateFile } from "./certificate-file.ts";
import { entraPassword } from "./entra-password.ts";
import { manual } from "./manual.ts";
import { postgresRole } from "./postgres-role.ts";
import { random } from "./random.ts";

/** Every issuer that keyturn knows: the configuration, its JSON Schema and the documentation derive from this list. */
export const issuers: readonly IssuerKind<unknown>[] = [
  entraPassword,
  postgresRole,
  random,
  manual,
  certificateFile,
];
