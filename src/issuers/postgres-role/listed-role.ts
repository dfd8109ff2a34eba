import type { Listed } from "../../domain/ports.ts";
import { credentialId, type Role } from "./role.ts";

export function listedRole(role: Role): Listed {
  return {
    id: credentialId(role),
    marker: role.marker,
    // PostgreSQL does not remember when a password was set.
    createdAt: null,
    notAfter: role.notAfter,
    label: role.name,
  };
}
