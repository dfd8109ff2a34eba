import type { SecretValue } from "../../domain/material.ts";

/**
 * The application permissions that a token carries (its `roles` claim,
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference). A token is for its audience to
 * read, so this decides only what is asked for: what is allowed, Graph says. Empty when it cannot be read.
 */
export function rolesOf(token: SecretValue): readonly string[] {
  return token.reveal((text) => {
    try {
      const payload = Buffer.from(text.split(".")[1] ?? "", "base64url").toString("utf8");
      const { roles } = JSON.parse(payload) as { roles?: unknown };
      return Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [];
    } catch {
      return [];
    }
  });
}
