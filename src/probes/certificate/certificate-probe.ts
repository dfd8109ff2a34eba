import { rootCertificates } from "node:tls";
import type { CertificateProbeConfig } from "./config.ts";
import { endpointsOf, type Endpoint } from "./endpoints.ts";
import { servedBy } from "./served-by.ts";
import { inspectLook } from "../inspect-look.ts";
import { poll, type Look } from "../poll.ts";
import { anchorsFrom, judgeList, RFC5280, WEB_PKI, type Certificate } from "../../certificates/index.ts";
import { trusted } from "../../connections/http/trusted.ts";
import type { Finding } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Context, Json, Probe } from "../../domain/ports.ts";
import { SECOND_MS } from "../../domain/time.ts";
import type { CredentialRef, VersionRef } from "../../domain/version.ts";

const HANDSHAKE_MS = 10 * SECOND_MS;
/** A look shakes hands with so many at once. */
const AT_ONCE = 16;

/** What one endpoint serves, judged; null when all is well. */
type Judge = (list: readonly Certificate[], endpoint: Endpoint) => string | null;

interface Sighting {
  /** Fingerprints by name. */
  readonly served: Readonly<Record<string, readonly string[]>>;
  readonly silent: readonly string[];
}

export class CertificateProbe implements Probe {
  readonly id: string;
  readonly #config: CertificateProbeConfig;
  readonly #context: Pick<Context, "clock" | "env">;
  #anchors: Promise<readonly Certificate[]> | null = null;

  constructor(config: CertificateProbeConfig, context: Pick<Context, "clock" | "env">) {
    const { host, port, names, addresses } = config;
    const where = addresses === undefined || addresses === "all" ? (addresses ?? "") : addresses.join(",");
    const told = [
      ...(where === "" ? [] : [`at ${where}`]),
      ...(names === undefined ? [] : [`as ${names.join(",")}`]),
    ];
    this.id = [`certificate://${host.includes(":") ? `[${host}]` : host}:${port}`, ...told].join(" ");
    this.#config = config;
    this.#context = context;
  }

  async probe(_version: VersionRef, signal: AbortSignal, credential?: CredentialRef): Promise<"in-use"> {
    const wanted = credential?.id ?? "";
    if (!/^[0-9a-f]{64}$/.test(wanted)) throw notOfCertificates(this.id);
    const trust = await this.#trust();
    await this.#poll(
      signal,
      (list, { servername }) =>
        trust(list, servername) ?? (list[0]?.fingerprint === wanted ? null : "another certificate"),
    );
    return "in-use";
  }

  /** Which certificates are served for each name, and who did not answer. */
  async sight(signal: AbortSignal): Promise<Json> {
    const served: Record<string, string[]> = {};
    const silent: string[] = [];
    const late = AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_MS)]);
    await forEachOf(await endpointsOf(this.#config), async (endpoint) => {
      const look = await servedBy(endpoint, late).catch(() => null);
      const leaf = look !== null && "passed" in look ? look.passed[0] : undefined;
      if (leaf === undefined) silent.push(endpoint.id);
      else (served[endpoint.servername] ??= []).push(leaf.fingerprint);
    });
    return Object.keys(served).length === 0 ? null : { served, silent };
  }

  /** A replica may have another address by now; one that did not answer then need not now. */
  async seenAgain(sighting: Json, signal: AbortSignal): Promise<void> {
    // SAFETY of the cast: it is what `sight` gave.
    const { served, silent } = sighting as unknown as Sighting;
    const asBefore: Judge = (list, { servername }) =>
      served[servername]?.includes(list[0]?.fingerprint ?? "") === true
        ? null
        : "not the certificate from before";
    await this.#poll(signal, asBefore, silent);
  }

  async inspect(_around: unknown, signal: AbortSignal): Promise<readonly Finding[]> {
    const trust = await this.#trust();
    return inspectLook(this.id, HANDSHAKE_MS, signal, (stop) =>
      this.#look(stop, (list, { servername }) => trust(list, servername)),
    );
  }

  async #poll(signal: AbortSignal, judge: Judge, without: readonly string[] = []): Promise<void> {
    const { within: withinMs, every: everyMs } = this.#config;
    const look = (stop: AbortSignal) => this.#look(stop, judge, without);
    const order = { subject: this.id, withinMs, everyMs, lookMs: HANDSHAKE_MS, look };
    await poll(order, this.#context.clock, signal);
  }

  /** Passes when every endpoint does; tells of the first that does not. */
  async #look(signal: AbortSignal, judge: Judge, without: readonly string[] = []): Promise<Look<true>> {
    const endpoints = (await endpointsOf(this.#config)).filter(({ id }) => !without.includes(id));
    if (endpoints.length === 0) return { seen: "no address" };
    const wrong: string[] = [];
    await forEachOf(endpoints, async (endpoint) => {
      const look = await servedBy(endpoint, signal);
      const seen = "seen" in look ? look.seen : judge(look.passed, endpoint);
      if (seen !== null) wrong.push(`${endpoint.id}: ${seen}`);
    });
    const [first] = wrong.toSorted();
    if (first === undefined) return { passed: true };
    return { seen: wrong.length === 1 ? first : `${first} (and ${wrong.length - 1} more)` };
  }

  /** Whether a fresh client trusts what is sent. */
  async #trust(): Promise<(list: readonly Certificate[], name: string) => string | null> {
    this.#anchors ??= this.#readAnchors();
    const anchors = await this.#anchors;
    const profile = this.#config.profile === "web-pki" ? WEB_PKI : RFC5280;
    return (list, name) => {
      const question = { list, anchors, at: this.#context.clock.now(), profile, names: [name] };
      const distrust = judgeList(question);
      // A certificate may hold any text, so none of it is told.
      return distrust === null ? null : `a chain that a fresh client does not trust (${distrust.rule})`;
    };
  }

  async #readAnchors(): Promise<readonly Certificate[]> {
    return anchorsFrom((await trusted(this.#config.caFile, this.#context.env)) ?? rootCertificates);
  }
}

async function forEachOf<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, lane));
}

function notOfCertificates(id: string): RotationError {
  return new RotationError("probe-failed", {
    kind: "rejected",
    message: `${id} can only prove certificates, and the secret's versions are none`,
    hint: "Use the probe `tls` for a server that a secret of another kind is for.",
  });
}
