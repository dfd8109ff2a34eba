import { hash, type KeyObject } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import { parseCertificate } from "../certificate/parse-certificate.ts";
import type { Trouble } from "../containers/container.ts";
import { Authorities } from "../diagnosis/authorities.ts";
import { checkRow } from "../diagnosis/check-rules.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { diagnoseAuthorities } from "../diagnosis/diagnose-authorities.ts";
import type { CheckFinding } from "../diagnosis/diagnosis.ts";
import type { PeerName } from "../names/peer-name.ts";
import { SignatureMemory } from "../path/signature-memory.ts";
import type { TargetReport } from "./report.ts";
import { summarize, summarizeVerdict } from "./summarize.ts";

/** What a file holds or a server sends. */
export interface Held {
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  readonly key?: KeyObject;
  readonly trouble?: readonly Trouble[];
  readonly isOrdered?: boolean;
  /** A server sends it, so it is a chain, whatever stands first. */
  readonly isServed?: boolean;
  /** Names that are asked for here instead of those of the whole check. */
  readonly names?: readonly PeerName[];
}

export interface JudgeOptions {
  readonly trust: Authorities;
  readonly names: readonly PeerName[];
  readonly at: Instant;
  readonly soon?: number;
}

/** A report's own part, and what is to be known of it to go on. */
export interface Judgement extends Pick<
  TargetReport,
  "holds" | "certificates" | "alone" | "pooled" | "findings"
> {
  /** Of a chain's leaf, and no more: there may be many thousands. */
  readonly leaf: { readonly keyId: string; readonly subject: string } | null;
  /** Names of issuers that a path lacked; empty when there was one. */
  readonly lacks: readonly string[];
}

/** One intermediate has issued hundreds of the leaves that are looked at; it is read once. */
const MOST_REMEMBERED = 2_000;

/** Judges one thing after the other by the same trust store, at the same time. */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #memory = new SignatureMemory();
  readonly #authorities = new Map<string, Certificate>();

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** `pool`: certificates at hand elsewhere. */
  judge(held: Held, pool: Authorities = NO_POOL): Judgement {
    const { parsed, findings } = this.#parse(held);
    const certificates = parsed.map(({ certificate, position }) => summarize(certificate, position));
    const all = parsed.map(({ certificate }) => certificate);
    const nothing = { certificates, alone: null, pooled: null, leaf: null, lacks: [] };
    if (all.length === 0) return { ...nothing, holds: held.key === undefined ? "nothing" : "keys", findings };
    const placed = (told: readonly CheckFinding[]) => [
      ...findings,
      ...told.map((one) => inFile(one, parsed)),
    ];
    if (isAuthorities(all, held)) {
      const told = diagnoseAuthorities(all, this.#options.at);
      return { ...nothing, holds: "authorities", findings: placed(told) };
    }
    const diagnosis = diagnose({ ...this.#options, ...held, served: all, pool, memory: this.#memory });
    return {
      holds: "chain",
      certificates,
      alone: summarizeVerdict(diagnosis.alone),
      pooled: summarizeVerdict(diagnosis.pooled),
      findings: placed(diagnosis.findings),
      leaf: { keyId: diagnosis.leaf.publicKey.id, subject: nameText(diagnosis.leaf.subject) },
      lacks: diagnosis.pooled.path.length > 0 ? [] : all.map(({ issuer }) => issuer.key),
    };
  }

  /** CAs that were met, for others to be helped by. */
  get met(): readonly Certificate[] {
    return [...this.#authorities.values()];
  }

  #parse({ certificates, trouble = [] }: Held) {
    const parsed: { readonly certificate: Certificate; readonly position: number }[] = [];
    const findings = trouble.map(({ where, problem }) => unreadable(where, problem));
    for (const [position, der] of certificates.entries())
      try {
        parsed.push({ certificate: this.#read(der), position });
      } catch (thrown) {
        const problem = thrown instanceof RotationError ? thrown.message : "it cannot be read";
        findings.push(unreadable(`certificate ${position + 1}`, problem));
      }
    return { parsed, findings };
  }

  #read(der: Uint8Array): Certificate {
    const fingerprint = hash("sha256", der, "hex");
    const known = this.#authorities.get(fingerprint);
    if (known !== undefined) return known;
    const certificate = parseCertificate(der);
    if (certificate.known.basicConstraints?.ca === true && this.#authorities.size < MOST_REMEMBERED)
      this.#authorities.set(fingerprint, certificate);
    return certificate;
  }
}

const NO_POOL = new Authorities([]);

/** CAs without a host's name, and nobody's key beside them. */
function isAuthorities(certificates: readonly Certificate[], { isServed, key }: Held): boolean {
  if (isServed === true || key !== undefined) return false;
  return certificates.every(
    ({ known }) =>
      known.basicConstraints?.ca === true &&
      !known.subjectAltName?.some(({ kind }) => kind === "dns" || kind === "ip"),
  );
}

/** Places count those that could not be read as well. */
function inFile(finding: CheckFinding, parsed: readonly { readonly position: number }[]): CheckFinding {
  const at = finding.certificate?.position;
  if (finding.certificate === null || at == null) return finding;
  return { ...finding, certificate: { ...finding.certificate, position: parsed[at]?.position ?? at } };
}

function unreadable(where: string, problem: string): CheckFinding {
  const { section, mend } = checkRow("well-formed");
  return {
    rule: "well-formed",
    section,
    level: "error",
    certificate: null,
    message: `${where}: ${problem}`,
    mend,
  };
}
