/** Signs in at the token endpoint with @azure/identity: one fresh credential object for every attempt. */
import type { TokenCredential, TokenCredentialOptions } from "@azure/identity";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";
import type { Clock } from "../../domain/time.ts";
import { BackOff, parseRetryAfter } from "./back-off.ts";
import { identityHttpClient, type Witness } from "./identity-http-client.ts";
import { abortedBefore, transportError, type CallFacts } from "./transport-error.ts";
import type { Incoming, Transport } from "./transport.ts";

export type Proof = { readonly clientSecret: SecretValue } | { readonly certificatePem: SecretValue };

export type SignInResult =
  | { readonly accepted: true; readonly token: SecretValue; readonly expiresInMs: number }
  | { readonly accepted: false; readonly refusal: Refusal };

/** Why Entra said no; its text is not kept, since it is not ours to vouch for. */
export interface Refusal {
  /** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
  readonly aadsts: number | null;
  readonly expired: boolean;
}

export interface SignInOptions {
  readonly tenant: string;
  readonly authorityHost: string;
  /** `https://graph.microsoft.com/.default` */
  readonly scope: string;
  readonly transport: Transport;
  readonly clock: Clock;
}

export class SignIn {
  readonly #options: SignInOptions;
  readonly #backOff: BackOff;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#backOff = new BackOff("the sign-in service", options.clock);
  }

  /**
   * A credential object caches its token, so it would still "work" with the secret revoked, and refuses all calls for a
   * minute after a 429: hence a new one each time.
   */
  async attempt(clientId: string, proof: Proof, signal: AbortSignal): Promise<SignInResult> {
    const { authorityHost, scope, transport } = this.#options;
    const call: CallFacts = { what: "sign in", host: new URL(authorityHost).host, writes: false };
    if (signal.aborted) throw abortedBefore(call);
    this.#backOff.check();
    const witness: Witness = { answer: null, failure: null };
    const httpClient = identityHttpClient(transport, authorityHost, signal, witness);
    try {
      const credential = await this.#credential(clientId, proof, httpClient);
      const token = await credential.getToken(scope);
      if (token !== null) {
        this.#backOff.succeeded();
        return {
          accepted: true,
          token: SecretValue.fromText(token.token),
          expiresInMs: lifetimeMs(witness.answer),
        };
      }
    } catch {
      // The witness tells what happened; the SDK's error may quote the request.
    }
    if (witness.failure !== null) throw transportError(witness.failure, call);
    return { accepted: false, refusal: this.#refusal(witness.answer, call) };
  }

  async #credential(
    clientId: string,
    proof: Proof,
    httpClient: NonNullable<TokenCredentialOptions["httpClient"]>,
  ): Promise<TokenCredential> {
    const { tenant, authorityHost } = this.#options;
    const { ClientCertificateCredential, ClientSecretCredential } = await import("@azure/identity");
    const options = {
      authorityHost,
      // Else every authority but Microsoft's own is looked up, and refused, at Microsoft's.
      disableInstanceDiscovery: true,
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
      httpClient,
    };
    if ("clientSecret" in proof) {
      return proof.clientSecret.reveal(
        (secret) => new ClientSecretCredential(tenant, clientId, secret, options),
      );
    }
    return proof.certificatePem.reveal(
      (certificate) => new ClientCertificateCredential(tenant, clientId, { certificate }, options),
    );
  }

  #refusal(answer: Incoming | null, call: CallFacts): Refusal {
    // Without an answer the SDK could not use what it was given: a key that is no RSA key, for example.
    if (answer === null) return { aadsts: null, expired: false };
    if (answer.status === 429) {
      throw this.#backOff.slowDown(
        parseRetryAfter(answer.headers["retry-after"] ?? null, this.#options.clock.now()),
      );
    }
    const error = readError(answer.text);
    if (answer.status >= 500 || error.code === "temporarily_unavailable") {
      throw new RotationError("server-error", {
        kind: "transient",
        message: `could not ${call.what} at ${call.host}: it answered ${answer.status}`,
      });
    }
    if (answer.status < 400 || error.code === null) {
      throw new RotationError("unexpected-answer", {
        kind: "rejected",
        message: `could not ${call.what}: ${call.host} answered ${answer.status} with something that is not a token`,
        hint: "Check authorityHost and tenant, and whether a proxy answers in Entra's place.",
      });
    }
    return { aadsts: error.aadsts, expired: error.expired };
  }
}

/** From the answer itself: the SDK's instant counts from the machine's wall clock, whichever clock we run on. */
function lifetimeMs(answer: Incoming | null): number {
  const { expires_in: seconds } = JSON.parse(answer?.text ?? "{}") as { expires_in?: unknown };
  return typeof seconds === "number" ? seconds * 1000 : 0;
}

function readError(text: string): {
  readonly code: string | null;
  readonly aadsts: number | null;
  readonly expired: boolean;
} {
  try {
    const body = JSON.parse(text) as { error?: unknown; error_description?: unknown };
    const description = typeof body.error_description === "string" ? body.error_description : "";
    const aadsts = /AADSTS(\d{4,9})/.exec(description)?.[1];
    return {
      code: typeof body.error === "string" ? body.error : null,
      aadsts: aadsts === undefined ? null : Number(aadsts),
      // 7000222 is an expired secret; an expired certificate is told in 700027's text only.
      expired: aadsts === "7000222" || (aadsts === "700027" && /key used is expired/i.test(description)),
    };
  } catch {
    return { code: null, aadsts: null, expired: false };
  }
}
