import { Option, type Command } from "commander";
import { START_TLS, type StartTls } from "../domain/endpoint.ts";
import { RotationError } from "../domain/errors.ts";
import { parseDuration, type Instant } from "../domain/time.ts";
import { configOption } from "./config-option.ts";
import type { CertificateCheck, Services } from "./services.ts";

const DETAILS = `
TARGET is a file (PEM, DER, PKCS#7, PKCS#12), a folder with all below it, a server (host:port, or a URL such as
smtp://mail.example.com), or docker-config:NAME. Ports 25, 587, 143, 389 and 5432 begin in plain text, as they do.

Every chain is judged as a server sends it, for a client that knows its trust store and nothing else; and apart from
that with what else is at hand: --pool, and the other targets. Nothing is fetched from addresses in certificates.

  error    clients refuse it now
  warning  it works, or works for most, and is to be mended
  notice   worth knowing; does not count as found

Exits 1 when an error or a warning was found, or a target could not be looked at.

Examples:
  keyturn cert check /etc/nginx/tls
  keyturn cert check fullchain.pem --key privkey.pem --name shop.example.com
  keyturn cert check mail.example.com:587 [::1]:8443 --trust corp-root.pem
  keyturn cert check shop.example.com:443 --at 2027-01-01T00:00:00Z --json`;

export interface CertCheckOptions {
  readonly name?: readonly string[];
  readonly key?: readonly string[];
  readonly trust?: readonly string[];
  readonly pool?: readonly string[];
  readonly at?: string;
  readonly expires?: string;
  readonly starttls?: StartTls | "none";
  readonly servername?: string;
  readonly passwordFile?: string;
  readonly timeout: string;
  readonly json?: true;
}

export function addCertCheck(cert: Command, services: Services): void {
  cert
    .command("check")
    .description("say what is wrong with certificates: which one, by which rule, and what mends it")
    .argument("<target...>", "files, folders, servers, swarm configs")
    .option(
      "--name <name>",
      "the leaf must be for it (may be repeated); of a server: instead of its host",
      collect,
    )
    .option("--key <file>", "its private key is held against the certificates (may be repeated)", collect)
    .option(
      "--trust <file>",
      "trusted certificates: a PEM file, `system` (the default) or `bundled`",
      collect,
    )
    .option("--pool <file>", "intermediates that are at hand (may be repeated)", collect)
    .option("--at <time>", "judge as of then (ISO 8601)")
    .option("--expires <share>", "tell of a leaf with less of its lifetime left (20%); 0 for never")
    .addOption(
      new Option("--starttls <protocol>", "how a server's protocol changes to TLS").choices([
        ...START_TLS,
        "none",
      ]),
    )
    .option("--servername <name>", "sent to servers as SNI")
    .option("--password-file <file>", "opens PKCS#12 files and encrypted keys")
    .option("--timeout <duration>", "for each server", "10s")
    .option("--json", "print one JSON document")
    .addHelpText("after", DETAILS)
    .action(async (targets: string[], options: CertCheckOptions, command: Command) => {
      const check = checkOf(targets, options, command, services);
      const { showCertificates } = await import("./show-certificates.ts");
      await showCertificates(check, options.json === true, services);
    });
}

function collect(text: string, rest: readonly string[] | undefined): readonly string[] {
  return [...(rest ?? []), text];
}

function checkOf(
  targets: readonly string[],
  options: CertCheckOptions,
  command: Command,
  services: Services,
): CertificateCheck {
  return {
    targets,
    keys: options.key ?? [],
    names: options.name ?? [],
    servername: options.servername ?? null,
    startTls: options.starttls ?? null,
    trust: options.trust ?? ["system"],
    pool: options.pool ?? [],
    at: options.at === undefined ? services.now() : instantOf(options.at),
    soon: options.expires === undefined ? null : shareOf(options.expires),
    passwordFile: options.passwordFile ?? null,
    timeoutMs: timeoutOf(options.timeout),
    config: () => services.loadConfig(configOption(command, services)),
  };
}

/** Without an offset a time would be that of whoever's time zone; a day alone is its beginning in UTC. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

function instantOf(text: string): Instant {
  const at = ISO.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw usage(`--at ${text} is no time`, "Write 2027-01-31 or 2027-01-31T12:00:00Z.");
  return at;
}

function shareOf(text: string): number {
  const percent = /^(\d{1,2})%?$/.exec(text)?.[1];
  if (percent === undefined) throw usage(`--expires ${text} is no share`, "Write 20%, or 0 for never.");
  return Number(percent) / 100;
}

const LONGEST_MS = 600_000;

function timeoutOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0 || ms > LONGEST_MS)
    throw usage(`--timeout ${text} is no duration up to 10m`, "Write 10s.");
  return ms;
}

function usage(message: string, hint: string): RotationError {
  return new RotationError("usage", { kind: "rejected", message, hint });
}
