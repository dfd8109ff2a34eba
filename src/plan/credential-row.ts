import type { Listed } from "../domain/ports.ts";
import { isoOrNull } from "../domain/time.ts";

/** A credential as `--json` tells it. Nothing of it is secret. */
export interface CredentialRow {
  readonly id: string;
  readonly label: string | null;
  readonly createdAt: string | null;
  readonly notAfter: string | null;
}

export function credentialRow({ id, label, createdAt, notAfter }: Listed): CredentialRow {
  return { id, label, createdAt: isoOrNull(createdAt), notAfter: isoOrNull(notAfter) };
}
