import type { Instant } from "../../domain/time.ts";
import type { CredentialRow } from "../../plan/credential-row.ts";
import { fromNow, span } from "./span.ts";

/** `4f0c… "made by hand", 410d old, expires in 20d`: whatever is known of it. */
export function credentialLine({ id, label, createdAt, notAfter }: CredentialRow, now: Instant): string {
  const name = label === null ? "" : ` "${label}"`;
  const age = createdAt === null ? "of unknown age" : `${span(now - Date.parse(createdAt))} old`;
  return `${id}${name}, ${age}, ${expiry(notAfter, now)}`;
}

function expiry(notAfter: string | null, now: Instant): string {
  if (notAfter === null) return "never expires";
  const at = Date.parse(notAfter);
  return `${at > now ? "expires" : "expired"} ${fromNow(at, now)}`;
}
