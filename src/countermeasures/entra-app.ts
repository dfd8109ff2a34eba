/** Keeps an application from signing in: `accountEnabled` of its service principal. */
import { z } from "zod";
import type { EntraConnection } from "../connections/entra/entra-connection.ts";
import { connectionNameSchema, guidSchema } from "../connections/schema.ts";
import type { Context, Json } from "../domain/ports.ts";
import type { Disabling } from "../domain/lockdown.ts";
import type { LockdownState } from "../domain/state.ts";

export const entraAppSchema = z.strictObject({
  kind: z.literal("entra-app"),
  connection: connectionNameSchema,
  /** Its client id (appId). */
  application: guidSchema,
});

export type EntraAppConfig = z.infer<typeof entraAppSchema>;

export class EntraApp implements Disabling {
  readonly subject: string;
  readonly #application: string;
  readonly #entra: EntraConnection;

  constructor({ connection, application }: EntraAppConfig, context: Context) {
    this.subject = `entra-app:${connection}/${application}`;
    this.#application = application;
    this.#entra = context.connection<EntraConnection>("entra", connection);
  }

  /** What it was before the first attempt counts: a later one finds its own doing. */
  async disable(of: LockdownState, signal: AbortSignal): Promise<Json> {
    const enabled = await this.#entra.isEnabled(this.#application, signal);
    const before = wasEnabled(of, this.subject) ?? enabled;
    if (enabled) await this.#entra.setEnabled(this.#application, false, signal);
    return { enabledBefore: before };
  }

  /** One that was disabled before stays so; one that somebody enabled meanwhile is as it should be. */
  async lift(of: LockdownState, signal: AbortSignal): Promise<Json> {
    if (wasEnabled(of, this.subject) === false) return { how: "was disabled before" };
    if (of.steps[`disable/${this.subject}`] === undefined) return { how: "was not disabled" };
    if (await this.#entra.isEnabled(this.#application, signal)) return { how: "is enabled already" };
    await this.#entra.setEnabled(this.#application, true, signal);
    return { how: "enabled" };
  }
}

function wasEnabled({ steps }: LockdownState, subject: string): boolean | null {
  const facts = steps[`disable/${subject}`]?.facts;
  if (typeof facts !== "object" || facts === null || !("enabledBefore" in facts)) return null;
  return typeof facts.enabledBefore === "boolean" ? facts.enabledBefore : null;
}
