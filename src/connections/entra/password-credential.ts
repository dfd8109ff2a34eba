/** https://learn.microsoft.com/graph/api/resources/passwordcredential, read from an answer that may be anything. */
import { z } from "zod";
import { SecretValue } from "../../domain/material.ts";

export interface PasswordCredential {
  readonly keyId: string;
  readonly displayName: string | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
}

export interface AddedPassword extends PasswordCredential {
  readonly secret: SecretValue;
}

export interface EntraApplication {
  readonly objectId: string;
  /** What it signs in with. */
  readonly appId: string;
}

const date = z
  .string()
  .nullish()
  .transform((text) => {
    const at = text == null ? Number.NaN : Date.parse(text);
    return Number.isNaN(at) ? null : at;
  });
const credential = z.object({
  keyId: z.guid().transform((id) => id.toLowerCase()),
  displayName: z.string().nullish(),
  startDateTime: date,
  endDateTime: date,
});
const added = credential.extend({ secretText: z.string().min(1) });
const application = z.object({ id: z.guid(), appId: z.guid() });
const applicationWithPasswords = z.object({ passwordCredentials: z.array(credential) });

/** null when the answer is not an application. */
export function readApplication(body: unknown): EntraApplication | null {
  const parsed = application.safeParse(body);
  return parsed.success
    ? { objectId: parsed.data.id.toLowerCase(), appId: parsed.data.appId.toLowerCase() }
    : null;
}

export function readPasswords(body: unknown): readonly PasswordCredential[] | null {
  const parsed = applicationWithPasswords.safeParse(body);
  return parsed.success ? parsed.data.passwordCredentials.map(fields) : null;
}

export function readAddedPassword(body: unknown): AddedPassword | null {
  const parsed = added.safeParse(body);
  return parsed.success
    ? { ...fields(parsed.data), secret: SecretValue.fromText(parsed.data.secretText) }
    : null;
}

function fields(one: z.output<typeof credential>): PasswordCredential {
  return {
    keyId: one.keyId,
    displayName: one.displayName ?? null,
    startAt: one.startDateTime,
    endAt: one.endDateTime,
  };
}
