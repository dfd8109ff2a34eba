/**
 * Passes when a server shows the right certificate: of a trusted chain, or the very one that `fingerprint` names; for the
 * right name; and valid long enough. Nothing is sent but the handshake.
 */
import type { TLSSocket } from "node:tls";
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { inspectLook } from "./inspect-look.ts";
import { poll, type Look } from "./poll.ts";
import { shakeHands } from "./tls/handshake.ts";
import { trusted } from "../connections/http/trusted.ts";
import { durationSchema, pathSchema } from "../connections/schema.ts";
import type { Probe, ProbeKind } from "../domain/ports.ts";
import { DAY_MS, SECOND_MS, type Instant } from "../domain/time.ts";

const HANDSHAKE_MS = 10 * SECOND_MS;

const tlsSchema = z.strictObject({
  kind: z.literal("tls"),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(443),
  /** The name that is asked for and that the certificate must carry; `host` when not given. */
  servername: z.string().min(1).optional(),
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. No chain is asked for then. */
  fingerprint: z
    .string()
    .regex(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, "must be the 32 bytes of a SHA-256 in hexadecimal")
    .transform((text) => text.replaceAll(":", "").toUpperCase())
    .optional(),
  /** The certificate must be valid for at least so many days more. */
  minDays: z.number().min(0).default(0),
  caFile: pathSchema.optional(),
  within: durationSchema.prefault("60s"),
  every: durationSchema.prefault("1s"),
});

type TlsConfig = z.infer<typeof tlsSchema>;

export const tls: ProbeKind<TlsConfig> = {
  kind: "tls",
  schema: tlsSchema,
  async connect(config, { clock, env }) {
    const { host, port, within: withinMs, every: everyMs } = config;
    const name = config.servername ?? host;
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const subject = `tls://${address}${name === host ? "" : ` as ${name}`}`;
    const looking = async (): Promise<(stop: AbortSignal) => Promise<Look<"probed">>> => {
      const ca = await trusted(config.caFile, env);
      const order = { host, port, servername: name, ca };
      return (stop) => shakeHands(order, stop, (socket) => judge(socket, config, name, clock.now()));
    };
    return {
      id: subject,
      async probe(_version, signal) {
        const look = await looking();
        return poll({ subject, withinMs, everyMs, lookMs: HANDSHAKE_MS, look }, clock, signal);
      },
      inspect: (_around, signal) =>
        inspectLook(subject, HANDSHAKE_MS, signal, async (stop) => (await looking())(stop)),
    } satisfies Probe;
  },
};

/** Tells what is wrong in words of its own: a certificate may hold any text. */
function judge(
  socket: TLSSocket,
  { fingerprint, minDays }: TlsConfig,
  name: string,
  now: Instant,
): Look<"probed"> {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { seen: "no certificate" };
  if (fingerprint === undefined && !socket.authorized)
    return { seen: `a certificate that is not trusted${codeOf(socket)}` };
  if (fingerprint !== undefined && certificate.fingerprint256.replaceAll(":", "") !== fingerprint)
    return { seen: "another certificate" };
  if (!carries(certificate, name)) return { seen: "a certificate for other names" };
  if (Date.parse(certificate.validFrom) > now) return { seen: "a certificate that is not valid yet" };
  const daysLeft = (Date.parse(certificate.validTo) - now) / DAY_MS;
  if (daysLeft <= 0) return { seen: "a certificate that has expired" };
  if (daysLeft < minDays) return { seen: `a certificate that expires in ${Math.floor(daysLeft)} days` };
  return { passed: "probed" };
}

/** RFC 9525: the subject's common name is no server name any more. */
function carries(certificate: X509Certificate, name: string): boolean {
  const found =
    isIP(name) > 0 ? certificate.checkIP(name) : certificate.checkHost(name, { subject: "never" });
  return found !== undefined;
}

/** `authorizationError` is OpenSSL's code, in spite of its type. */
function codeOf({ authorizationError }: TLSSocket): string {
  const code: unknown = authorizationError;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? ` (${code})` : "";
}
