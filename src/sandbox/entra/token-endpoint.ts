/** The sign-in side: OpenID discovery and the client-credentials grant (RFC 6749 section 4.4). */
import { createHash, randomBytes, randomUUID, verify, X509Certificate, constants } from "node:crypto";
import type { Application, Directory } from "./directory.ts";
import type { Answer } from "./exchange.ts";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TOKEN_LIFETIME_S = 3599;

export interface Issuance {
  readonly tenant: string;
  /** With the port: the discovery document's issuer must be the authority's own origin. */
  readonly origin: string;
  readonly directory: Directory;
  readonly tokens: Map<string, Bearer>;
}

/** Whom an access token is for, and what it may do. */
export interface Bearer {
  readonly clientId: string;
  readonly principalId: string;
  readonly roles: readonly string[];
}

export function discoveryDocument(tenant: string, origin: string): Answer {
  const base = `${origin}/${tenant}`;
  return {
    status: 200,
    body: {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      subject_types_supported: ["pairwise"],
      scopes_supported: ["openid", "profile", "email", "offline_access"],
    },
  };
}

export function grantToken(form: URLSearchParams, issuance: Issuance, now: number): Answer {
  const clientId = form.get("client_id") ?? "";
  const app = issuance.directory.byAppId(clientId);
  if (form.get("grant_type") !== "client_credentials") {
    return oauthError(
      400,
      "unsupported_grant_type",
      70003,
      "The app requested an unsupported grant type.",
      now,
    );
  }
  if (app === undefined) {
    const text = `Application with identifier '${clientId}' was not found in the directory '${issuance.tenant}'.`;
    return oauthError(400, "unauthorized_client", 700016, text, now);
  }
  if (app.accountEnabled === false) {
    const text = `Application '${app.appId}' (${app.displayName}) is disabled.`;
    return oauthError(401, "unauthorized_client", 7000112, text, now);
  }
  const refusal = form.has("client_assertion")
    ? checkAssertion(form, app, issuance, now)
    : checkSecret(form, app, issuance, now);
  if (refusal !== null) return refusal;
  const roles = issuance.directory.roles.get(app.appId) ?? [];
  const token = accessToken(app, roles, issuance, now);
  issuance.tokens.set(token, { clientId: app.appId, principalId: app.principalId, roles });
  return {
    status: 200,
    body: {
      token_type: "Bearer",
      expires_in: TOKEN_LIFETIME_S,
      ext_expires_in: TOKEN_LIFETIME_S,
      access_token: token,
    },
  };
}

/** The claims that Graph's app-only tokens have; `roles` is left out when there is none. */
function accessToken(app: Application, roles: readonly string[], issuance: Issuance, now: number): string {
  const issuedAt = Math.floor(now / 1000);
  const claims = {
    aud: issuance.origin,
    iss: `${issuance.origin}/${issuance.tenant}/`,
    iat: issuedAt,
    exp: issuedAt + TOKEN_LIFETIME_S,
    appid: app.appId,
    idtyp: "app",
    oid: app.principalId,
    ...(roles.length === 0 ? {} : { roles }),
    tid: issuance.tenant,
    uti: randomUUID(),
    ver: "1.0",
  };
  return [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat(randomBytes(256).toString("base64url"))
    .join(".");
}

function checkSecret(
  form: URLSearchParams,
  app: Application,
  issuance: Issuance,
  now: number,
): Answer | null {
  const verdict = issuance.directory.signIn(app, form.get("client_secret") ?? "", now);
  if (verdict === "accepted") return null;
  if (verdict === "expired") {
    return oauthError(
      401,
      "invalid_client",
      7000222,
      `The provided client secret keys for app '${app.appId}' are expired.`,
      now,
    );
  }
  const text =
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, ";
  return oauthError(
    401,
    "invalid_client",
    7000215,
    `${text}not the client secret ID, for a secret added to app '${app.appId}'.`,
    now,
  );
}

function checkAssertion(
  form: URLSearchParams,
  app: Application,
  issuance: Issuance,
  now: number,
): Answer | null {
  const [head = "", payload = "", signature = ""] = (form.get("client_assertion") ?? "").split(".");
  const header = decode(head);
  const claims = decode(payload);
  const audience = `${issuance.origin}/${issuance.tenant}/oauth2/v2.0/token`;
  const trusted = app.certificates.some((pem) => signedBy(pem, header, `${head}.${payload}`, signature));
  const inTime = typeof claims["exp"] === "number" && claims["exp"] * 1000 > now;
  const right = claims["iss"] === app.appId && claims["sub"] === app.appId && claims["aud"] === audience;
  if (form.get("client_assertion_type") === ASSERTION && trusted && inTime && right) return null;
  return oauthError(401, "invalid_client", 700027, "Client assertion failed signature validation.", now);
}

function signedBy(pem: string, header: Record<string, unknown>, signed: string, signature: string): boolean {
  const certificate = new X509Certificate(pem);
  const thumbprint = (hash: string): string => createHash(hash).update(certificate.raw).digest("base64url");
  if (header["x5t#S256"] !== thumbprint("sha256") && header["x5t"] !== thumbprint("sha1")) return false;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const key = header["alg"] === "PS256" ? { key: certificate.publicKey, ...pss } : certificate.publicKey;
  return verify("sha256", Buffer.from(signed), key, Buffer.from(signature, "base64url"));
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export function oauthError(status: number, error: string, code: number, text: string, now: number): Answer {
  const [trace, correlation, timestamp] = [randomUUID(), randomUUID(), new Date(now).toISOString()];
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    },
  };
}
