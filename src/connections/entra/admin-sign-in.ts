/** keyturn's own sign-in: which credential it uses, and the token it holds. */
import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";
import type { Clock } from "../../domain/time.ts";
import { expandPath } from "../schema.ts";
import { errnoOf } from "../errno.ts";
import type { EntraConnectionConfig } from "./schema.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Proof, Refusal, SignIn } from "./sign-in.ts";

/** A token is replaced this long before it expires, so that none expires on its way. */
const RENEW_BEFORE_MS = 300_000;

export interface AdminSignInOptions {
  readonly config: Pick<EntraConnectionConfig, "tenant" | "clientId" | "auth">;
  readonly signIn: SignIn;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export class AdminSignIn {
  readonly #options: AdminSignInOptions;
  readonly #queue: SerialQueue;
  #held: { readonly token: SecretValue; readonly renewAtMs: number } | null = null;

  constructor(options: AdminSignInOptions) {
    this.#options = options;
    this.#queue = new SerialQueue(options.clock);
  }

  /** One after another, so that many secrets of a tenant share one sign-in. */
  token(signal: AbortSignal): Promise<SecretValue> {
    return this.#queue.run("token", signal, async () => {
      const { clock } = this.#options;
      if (this.#held !== null && clock.monotonicMs() < this.#held.renewAtMs) return this.#held.token;
      const { token, expiresInMs } = await this.#fresh(signal);
      this.#held = { token, renewAtMs: clock.monotonicMs() + expiresInMs - RENEW_BEFORE_MS };
      return token;
    });
  }

  /** Graph did not accept it. */
  forget(): void {
    this.#held = null;
  }

  async #fresh(signal: AbortSignal): Promise<{ token: SecretValue; expiresInMs: number }> {
    const { config, signIn } = this.#options;
    // Read again for each token, so that a credential replaced on disk is picked up.
    const result = await signIn.attempt(config.clientId, await this.#proof(), signal);
    if (result.accepted) return result;
    throw refused(result.refusal, config);
  }

  async #proof(): Promise<Proof> {
    const { auth } = this.#options.config;
    if (auth.certificateFile !== undefined) {
      const certificatePem = await this.#read(auth.certificateFile);
      certificatePem.reveal(checkCertificate);
      return { certificatePem };
    }
    return { clientSecret: await this.#read(auth.clientSecretFile as string) };
  }

  async #read(file: string): Promise<SecretValue> {
    const path = expandPath(file, this.#options.env);
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new RotationError("config-not-found", {
        kind: "rejected",
        message: `keyturn's own Entra credential cannot be read from ${path} (${errnoOf(error)})`,
        hint: "Check auth in the connection, and that keyturn's user may read the file.",
      });
    });
    const text = bytes.toString("utf8").trim();
    bytes.fill(0);
    if (text !== "") return SecretValue.fromText(text);
    throw new RotationError("config-invalid", {
      kind: "rejected",
      message: `${path} is empty`,
      hint: "Put keyturn's own credential there.",
    });
  }
}

/** The SDK would find this out only after its first request, and say less. */
function checkCertificate(pem: string): void {
  if (pem.includes("-----BEGIN CERTIFICATE-----") && privateKeyType(pem) === "rsa") return;
  throw new RotationError("config-invalid", {
    kind: "rejected",
    message: "the connection's certificateFile does not hold a certificate with its RSA private key",
    hint: "Put the private key, unencrypted, and the certificate into one PEM file; Entra takes RSA keys only.",
  });
}

function privateKeyType(pem: string): string | undefined {
  try {
    return createPrivateKey(pem).asymmetricKeyType;
  } catch {
    return undefined;
  }
}

function refused(refusal: Refusal, config: AdminSignInOptions["config"]): RotationError {
  const code = refusal.aadsts === null ? "" : ` (AADSTS${refusal.aadsts})`;
  const what = config.auth.certificateFile === undefined ? "client secret" : "certificate";
  if (refusal.expired) {
    return new RotationError("admin-credential-expired", {
      kind: "rejected",
      message: `the ${what} that keyturn itself signs in with has expired${code}`,
      hint: `Add a new ${what} to the application ${config.clientId} and put it in place of the old one.`,
    });
  }
  return new RotationError("admin-credential-refused", {
    kind: "rejected",
    message: `keyturn's own sign-in as ${config.clientId} in tenant ${config.tenant} was refused${code}`,
    hint: hintFor(refusal.aadsts, what),
  });
}

function hintFor(aadsts: number | null, what: string): string {
  switch (aadsts) {
    case 90002:
      return "There is no such tenant at this authority: check tenant and authorityHost.";
    case 700016:
      return "There is no such application in this tenant: check clientId and tenant.";
    case 700024:
      return "The machine's clock is off: set it.";
    default:
      return `Check clientId and that the ${what} is one of that application's.`;
  }
}
