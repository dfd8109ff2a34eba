import type { PasswordCredential } from "../../connections/entra/password-credential.ts";
import type { Listed } from "../../domain/ports.ts";
import { parseMarker } from "../../domain/version.ts";

export function listedPasswords(passwords: readonly PasswordCredential[]): readonly Listed[] {
  return passwords.map((one) => ({
    id: one.keyId,
    marker: one.displayName !== null && parseMarker(one.displayName) !== null ? one.displayName : null,
    createdAt: one.startAt,
    notAfter: one.endAt,
    label: one.displayName,
  }));
}
