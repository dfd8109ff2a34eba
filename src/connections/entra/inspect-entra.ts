/** keyturn's own standing in a tenant, as `doctor` tells it. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { failed, failedBy, inferred, notCheckable, proved, type Finding } from "../../domain/check.ts";
import { expandPath } from "../../domain/expand-path.ts";
import { DAY_MS, MINUTE_MS, formatDuration, type Clock } from "../../domain/time.ts";
import type { EntraReads } from "./entra-reads.ts";
import { ANY_APPLICATION, OWN_APPLICATIONS, type Grant } from "./grant.ts";
import type { EntraConnectionConfig } from "./schema.ts";
import { transportError } from "./transport-error.ts";
import { TransportFailure, type Incoming, type Transport } from "./transport.ts";

const LARGEST_OFFSET_MS = MINUTE_MS;
const CERTIFICATE_WARNING_MS = 14 * DAY_MS;
/** https://learn.microsoft.com/graph/permissions-reference */
const GRAPH_API = "00000003-0000-0000-c000-000000000000";
const OWN_APPLICATIONS_ID = "18a4783c-866b-4cc7-a460-3d5e5662c884";

export interface EntraParts {
  readonly config: EntraConnectionConfig;
  readonly reads: EntraReads;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function inspectEntra(parts: EntraParts, signal: AbortSignal): Promise<readonly Finding[]> {
  const { config, reads } = parts;
  // Throws when nothing answers there: then there is nothing else to be said.
  const answered = await reads.patiently(signal, () => discover(parts, signal));
  const auth = config.auth.certificateFile === undefined ? "a client secret" : "a certificate";
  const signedIn = await reads.grant(signal).then(
    (grant) => [
      proved("signed-in", `keyturn signs in as ${config.clientId} with ${auth}`),
      permission(grant, config.clientId),
    ],
    (thrown: unknown) => [failedBy("signed-in", thrown)],
  );
  return [...answered, ...(await ownCertificate(parts)), ...signedIn];
}

/** The tenant's public sign-in document: who answers there, and what time it is there. */
async function discover(parts: EntraParts, signal: AbortSignal): Promise<readonly Finding[]> {
  const { config, transport, clock } = parts;
  const { host } = new URL(config.authorityHost);
  const url = `${config.authorityHost}/${config.tenant}/v2.0/.well-known/openid-configuration`;
  const before = clock.now();
  const order = { url, method: "GET", headers: { accept: "application/json" }, body: null, signal };
  const answer = await transport.send(order).catch((thrown: unknown) => {
    throw thrown instanceof TransportFailure
      ? transportError(thrown, { what: "read the tenant's sign-in document", host, writes: false })
      : thrown;
  });
  const middle = before + (clock.now() - before) / 2;
  return [
    proved("reachable", `${host} answers, with a certificate that is trusted`),
    ...offset(answer, middle, host),
  ];
}

/** The Date header has whole seconds (RFC 9110 section 6.6.1). */
function offset({ headers }: Incoming, now: number, host: string): readonly Finding[] {
  const theirs = Date.parse(headers["date"] ?? "");
  if (Number.isNaN(theirs)) return [notCheckable("clock-offset", `${host} did not tell its time`)];
  const ms = now - theirs;
  const told = `this machine's clock is ${formatDuration(Math.abs(ms))} ${ms > 0 ? "ahead of" : "behind"} ${host}`;
  if (Math.abs(ms) <= LARGEST_OFFSET_MS)
    return [proved("clock-offset", `this machine's clock agrees with ${host} within a minute`)];
  return [
    failed(
      "clock-offset",
      told,
      "Set the clock and keep it right: `timedatectl set-ntp true`, or `chronyc makestep`.",
    ),
  ];
}

function permission(grant: Grant | null, clientId: string): Finding {
  if (grant === null) {
    return notCheckable(
      "api-permission",
      "the access token is not of a form that can be read, so the granted permissions are not known",
      "See the application's API permissions in Entra.",
    );
  }
  if (grant.roles.includes(ANY_APPLICATION)) {
    return proved(
      "api-permission",
      `${ANY_APPLICATION} is granted; ${OWN_APPLICATIONS} and ownership would be the least that works`,
    );
  }
  if (grant.roles.includes(OWN_APPLICATIONS))
    return proved("api-permission", `${OWN_APPLICATIONS} is granted`);
  const granted = grant.roles.filter((role) => /^[A-Za-z.]{1,80}$/.test(role));
  return failed(
    "api-permission",
    `neither ${OWN_APPLICATIONS} nor ${ANY_APPLICATION} is granted; ${granted.length === 0 ? "nothing is" : `granted: ${granted.join(", ")}`}`,
    `Run \`az ad app permission add --id ${clientId} --api ${GRAPH_API} --api-permissions ${OWN_APPLICATIONS_ID}=Role\`, then \`az ad app permission admin-consent --id ${clientId}\`.`,
  );
}

async function ownCertificate({ config, clock, env }: EntraParts): Promise<readonly Finding[]> {
  const { certificateFile } = config.auth;
  if (certificateFile === undefined) {
    return [
      inferred(
        "own-credential",
        "keyturn signs in with a client secret, whose expiry the tenant tells nobody",
        "Sign in with a certificate (auth.certificateFile): its expiry is looked at here.",
      ),
    ];
  }
  const path = expandPath(certificateFile, env);
  const pem = await readFile(path, "utf8").catch(() => null);
  const until = pem === null ? Number.NaN : validUntil(pem);
  // What is wrong with the file itself, signing in tells.
  if (Number.isNaN(until)) return [];
  const leftMs = until - clock.now();
  if (leftMs > CERTIFICATE_WARNING_MS)
    return [proved("own-credential", `the certificate in ${path} is valid for ${formatDuration(leftMs)}`)];
  const when = leftMs > 0 ? `expires in ${formatDuration(leftMs)}` : `expired ${formatDuration(-leftMs)} ago`;
  return [
    failed(
      "own-credential",
      `keyturn's own certificate in ${path} ${when}`,
      `Make a new one, add it with \`az ad app credential reset --append --id ${config.clientId} --cert @cert.pem\`, and put it there.`,
    ),
  ];
}

function validUntil(pem: string): number {
  try {
    return Date.parse(new X509Certificate(pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"))).validTo);
  } catch {
    return Number.NaN;
  }
}
