import type { EntraConnection } from "../../connections/entra/entra-connection.ts";
import type { Finding, Surroundings } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import type { SecretValue } from "../../domain/material.ts";
import type { CreateOrder, Issuer, Listed } from "../../domain/ports.ts";
import type { Clock } from "../../domain/time.ts";
import type { Created, CredentialRef, Issued, Marker } from "../../domain/version.ts";
import { inspectApplication } from "./inspect-application.ts";
import { listedPasswords } from "./listed-passwords.ts";
import { flappingSecret, refusedSecret, type SecretFacts } from "./refused-secret.ts";
import { SIGN_INS_AT_ONCE, Steadiness } from "./steadiness.ts";

export interface EntraPasswordOptions {
  readonly application: string;
  readonly validFor: number;
  readonly settle: number;
  readonly adopt?: readonly string[] | undefined;
}

/** Graph shortens longer names silently (documented for key credentials), and a shortened marker would never be found. */
const MAX_DISPLAY_NAME = 90;

/** Closing is the connection's business, which others share. */
export class EntraPasswordIssuer implements Issuer {
  readonly #options: EntraPasswordOptions;
  readonly #entra: EntraConnection;
  readonly #clock: Clock;
  readonly #steadiness = new Steadiness();

  constructor(options: EntraPasswordOptions, entra: EntraConnection, clock: Clock) {
    this.#options = options;
    this.#entra = entra;
    this.#clock = clock;
  }

  async create(order: CreateOrder, signal: AbortSignal): Promise<Issued> {
    checkMarker(order.marker);
    const { objectId } = await this.#application(signal);
    const endAt = order.notAfter ?? this.#clock.now() + this.#options.validFor;
    const added = await this.#entra.addPassword(objectId, { displayName: order.marker, endAt }, signal);
    return {
      credential: { id: added.keyId, marker: order.marker },
      material: { value: added.secret },
      // Our clock, not the server's: `settle` is counted from here.
      createdAt: this.#clock.now(),
      notAfter: added.endAt ?? endAt,
    };
  }

  async find(marker: Marker, signal: AbortSignal): Promise<readonly CredentialRef[]> {
    const passwords = await this.#passwords(signal);
    return passwords.filter((one) => one.displayName === marker).map((one) => ({ id: one.keyId, marker }));
  }

  async list(signal: AbortSignal): Promise<readonly Listed[]> {
    return listedPasswords(await this.#passwords(signal));
  }

  async verify(version: Created, signal: AbortSignal): Promise<void> {
    const { value } = version.material;
    if (value === undefined) throw noValue();
    const { appId } = await this.#application(signal);
    const facts = { appId, ageMs: this.#clock.now() - version.createdAt, settleMs: this.#options.settle };
    await this.#signInRepeatedly(version.credential.id, value, facts, signal);
  }

  async revoke(ref: CredentialRef, signal: AbortSignal): Promise<void> {
    const { objectId } = await this.#application(signal);
    await this.#entra.removePassword(objectId, ref.id, signal);
  }

  inspect(around: Surroundings, signal: AbortSignal): Promise<readonly Finding[]> {
    const { application, validFor: validForMs, adopt: adopted = [] } = this.#options;
    const facts = { entra: this.#entra, application, validForMs, adopted, now: this.#clock.now() };
    return inspectApplication(facts, around, signal);
  }

  async close(): Promise<void> {}

  /** One alone first, since while replicas lag it is the usual end; then the others at once, each on a connection of its own. */
  async #signInRepeatedly(
    keyId: string,
    value: SecretValue,
    facts: SecretFacts,
    signal: AbortSignal,
  ): Promise<void> {
    const signIn = async (): Promise<void> => {
      const refusal = await this.#entra.signIn(facts.appId, value, signal);
      if (refusal === null) {
        this.#steadiness.accepted(keyId);
        return;
      }
      this.#steadiness.refused(keyId, facts.ageMs);
      throw refusedSecret(refusal, facts);
    };
    this.#steadiness.look(keyId, facts.ageMs);
    await signIn();
    const others = await Promise.allSettled(Array.from({ length: SIGN_INS_AT_ONCE }, signIn));
    for (const other of others) if (other.status === "rejected") throw other.reason;
    if (facts.ageMs < facts.settleMs && !this.#steadiness.isSteady(keyId, facts.ageMs))
      throw flappingSecret(facts);
  }

  #application(signal: AbortSignal): ReturnType<EntraConnection["application"]> {
    return this.#entra.application(this.#options.application, signal);
  }

  async #passwords(signal: AbortSignal): ReturnType<EntraConnection["passwords"]> {
    return this.#entra.passwords((await this.#application(signal)).objectId, signal);
  }
}

function checkMarker(marker: Marker): void {
  if (marker.length <= MAX_DISPLAY_NAME) return;
  throw new RotationError("config-invalid", {
    kind: "rejected",
    message: `the marker ${marker} has ${marker.length} characters, and Entra keeps ${MAX_DISPLAY_NAME} of a display name`,
    hint: "Give the secret a shorter name.",
  });
}

function noValue(): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: "an Entra version without the part `value` cannot be verified",
  });
}
