import { rootCertificates } from "node:tls";
import type { CertificateFileConfig } from "./config.ts";
import { keyFits, listOf, readGeneration, type Generation } from "./generation.ts";
import { isOpenToAll, lastChange, type FilePaths } from "./read-files.ts";
import {
  anchorsFrom,
  judgeList,
  RFC5280,
  setbacks,
  WEB_PKI,
  type Certificate,
  type Distrust,
} from "../../certificates/index.ts";
import { trusted } from "../../connections/http/trusted.ts";
import { expandPath } from "../../connections/schema.ts";
import { failed, failedBy, inferred, proved, type Finding } from "../../domain/check.ts";
import { asRotationError, recordError, RotationError } from "../../domain/errors.ts";
import type { Material } from "../../domain/material.ts";
import type { Offer } from "../../domain/offer.ts";
import type { Context, CreateOrder, Issuer } from "../../domain/ports.ts";
import { formatDuration, MINUTE_MS } from "../../domain/time.ts";
import type { Created, CredentialRef, Issued } from "../../domain/version.ts";

/** Nobody takes longer to put a few files in place. */
const LASTS_MS = 10 * MINUTE_MS;

export class CertificateFileIssuer implements Issuer {
  readonly #config: CertificateFileConfig;
  readonly #context: Pick<Context, "clock" | "env">;
  readonly #paths: FilePaths;
  #anchors: Promise<readonly Certificate[]> | null = null;

  constructor(config: CertificateFileConfig, context: Pick<Context, "clock" | "env">) {
    const path = (written: string): string => expandPath(written, context.env);
    this.#config = config;
    this.#context = context;
    this.#paths = {
      certificate: path(config.certificateFile),
      chain: config.chainFile === undefined ? null : path(config.chainFile),
      key: path(config.keyFile),
    };
  }

  /** Reads the generation that is there. Nothing is made, so a cut call may be repeated. */
  async create({ marker }: CreateOrder, signal: AbortSignal): Promise<Issued> {
    const generation = await readGeneration(this.#paths, signal);
    this.#assertQuiet(generation);
    const { list, material } = generation;
    const [leaf] = list;
    return {
      credential: { id: leaf.fingerprint, marker },
      material,
      // Its lifetime is the certificate's, whenever it came into our hands: policies count in shares of it.
      createdAt: leaf.notBefore.at,
      notAfter: leaf.notAfter.at,
    };
  }

  /** No certificate carries a marker: nothing of ours can be found at whoever issued it. */
  async find(_marker: string, signal: AbortSignal): Promise<readonly CredentialRef[]> {
    assertGoesOn(signal);
    return [];
  }

  async list(signal: AbortSignal): Promise<readonly []> {
    assertGoesOn(signal);
    return [];
  }

  async offered(current: CredentialRef | null, signal: AbortSignal): Promise<Offer> {
    try {
      const generation = await readGeneration(this.#paths, signal);
      const { fingerprint: id } = generation.list[0];
      if (id === current?.id) return { state: "none" };
      this.#assertQuiet(generation);
      return { state: "waiting", id, since: generation.writtenAt };
    } catch (thrown) {
      const error = asRotationError(thrown);
      if (error.code !== "certificate-incomplete" && error.code !== "certificate-malformed") throw thrown;
      const lasts = this.#context.clock.now() - (await lastChange(this.#paths)) > LASTS_MS;
      return { state: "unready", error: { ...recordError(error), ...(lasts ? { kind: "rejected" } : {}) } };
    }
  }

  async verify({ material }: Created, signal: AbortSignal, replaced?: Material): Promise<void> {
    assertGoesOn(signal);
    const list = listOf(material);
    if (material["key"]?.revealBytes((key) => keyFits(list[0], key)) !== true)
      throw refused("the key is not that of the certificate");
    const wrong = await this.#judge(list);
    if (wrong !== null) throw refused(wrong.message);
    if (replaced?.["fullchain"] === undefined) return;
    const losses = setbacks(listOf(replaced)[0], list[0]);
    for (const [setback, sentence] of losses)
      if (!this.#config.accept.includes(setback)) throw refused(sentence, setback);
  }

  /** A certificate that nobody serves is no danger: at whoever issued it there is nothing that we could or should do. */
  async revoke(_ref: CredentialRef, signal: AbortSignal): Promise<void> {
    assertGoesOn(signal);
  }

  async inspect(_around: unknown, signal: AbortSignal): Promise<readonly Finding[]> {
    try {
      const { list } = await readGeneration(this.#paths, signal);
      const wrong = await this.#judge(list);
      const ends = new Date(list[0].notAfter.at).toISOString();
      return [
        proved(
          "renewed-files",
          `${this.#paths.certificate} and its key belong together; valid until ${ends}`,
        ),
        wrong === null
          ? proved("chain-trusted", "a fresh client trusts the chain as it stands in the files")
          : failed(
              "chain-trusted",
              wrong.message,
              "Have it issued again, or give its authority as `caFile`.",
            ),
        ...((await isOpenToAll(this.#paths.key))
          ? [
              failed(
                "renewed-files",
                `everybody may read the key in ${this.#paths.key}`,
                `Run \`chmod o-r ${this.#paths.key}\`, and have whoever renews it keep it closed.`,
              ),
            ]
          : []),
        inferred("renewal", "somebody else renews it; keyturn only notices that a new one is there"),
      ];
    } catch (thrown) {
      return [failedBy("renewed-files", thrown)];
    }
  }

  async close(): Promise<void> {}

  async #judge(list: readonly Certificate[]): Promise<Distrust | null> {
    const { names, profile } = this.#config;
    this.#anchors ??= this.#readAnchors();
    const anchors = await this.#anchors;
    const rules = profile === "web-pki" ? WEB_PKI : RFC5280;
    return judgeList({ list, anchors, at: this.#context.clock.now(), profile: rules, names });
  }

  async #readAnchors(): Promise<readonly Certificate[]> {
    return anchorsFrom((await trusted(this.#config.caFile, this.#context.env)) ?? rootCertificates);
  }

  #assertQuiet({ writtenAt }: Generation): void {
    const leftMs = writtenAt + this.#config.quiet - this.#context.clock.now();
    // One from the future is no reason to wait for ever.
    if (leftMs <= 0 || leftMs > this.#config.quiet) return;
    throw new RotationError("certificate-incomplete", {
      kind: "transient",
      message: `${this.#paths.certificate} was written less than ${formatDuration(this.#config.quiet)} ago`,
      hint: "Nothing: it is taken once nobody writes to it any more.",
      retryAfterMs: leftMs,
    });
  }
}

function assertGoesOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new RotationError("aborted", { kind: "transient", message: "the call was cancelled" });
}

function refused(message: string, setback?: string): RotationError {
  return new RotationError("certificate-refused", {
    kind: "rejected",
    message,
    hint:
      setback === undefined
        ? "Have it issued again; what is deployed stays as it is."
        : `Have it issued again, or allow it once with \`accept: [${setback}]\` of the issuer.`,
  });
}
