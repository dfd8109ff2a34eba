/** Protocols that begin in plain text and change to TLS when they are asked (RFC 3207, 9051, 4511; PostgreSQL's SSLRequest). */
export const START_TLS = ["smtp", "imap", "postgres", "ldap"] as const;

export type StartTls = (typeof START_TLS)[number];

/** Where a TLS server listens, and how it is spoken to. */
export interface Endpoint {
  /** A host name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Sent as SNI, unless it is an address (RFC 6066 section 3). */
  readonly servername: string;
  /** `null` where TLS begins at once. */
  readonly startTls: StartTls | null;
}

/** For people: `mail.example.com:587`, `[::1]:443`. */
export function addressOf({ host, port }: Pick<Endpoint, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** IANA's ports of protocols that begin in plain text. */
const START_TLS_PORTS: ReadonlyMap<number, StartTls> = new Map([
  [25, "smtp"],
  [587, "smtp"],
  [143, "imap"],
  [389, "ldap"],
  [5432, "postgres"],
]);

const SCHEME_PORTS: ReadonlyMap<string, number> = new Map([
  ["https", 443],
  ["tls", 443],
  ["smtp", 587],
  ["smtps", 465],
  ["imap", 143],
  ["imaps", 993],
  ["ldap", 389],
  ["ldaps", 636],
  ["postgres", 5432],
  ["postgresql", 5432],
]);

const ADDRESS =
  /^(?:([a-z]+):\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})))(?::(\d{1,5}))?\/?$/;

/**
 * Reads `host:port`, `[::1]:443` or a URL like `smtp://mail.example.com`. Without a scheme the port says whether the protocol
 * begins in plain text. `null` when it is none of these.
 */
export function parseEndpoint(text: string): Omit<Endpoint, "servername"> | null {
  const match = ADDRESS.exec(text);
  if (match === null) return null;
  const [, scheme, address, name] = match;
  const port = match[4] === undefined ? SCHEME_PORTS.get(scheme ?? "") : Number(match[4]);
  if (port === undefined || port < 1 || port > 65_535) return null;
  if (scheme !== undefined && !SCHEME_PORTS.has(scheme)) return null;
  return { host: address ?? name ?? "", port, startTls: startTlsOf(scheme, port) };
}

function startTlsOf(scheme: string | undefined, port: number): StartTls | null {
  if (scheme === undefined) return START_TLS_PORTS.get(port) ?? null;
  const protocol = scheme === "postgresql" ? "postgres" : scheme;
  return START_TLS.find((known) => known === protocol) ?? null;
}
