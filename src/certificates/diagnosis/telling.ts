import type { Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import { checkRow, type CheckRule } from "./check-rules.ts";
import type { CertificateReference, CheckFinding, Level, Missing } from "./diagnosis.ts";

interface Told {
  readonly rule: CheckRule;
  readonly level: Level;
  readonly certificate: Certificate | null;
  /** Place in what is served, when it stands there twice. */
  readonly place?: number;
  readonly message: string;
  /** When more is known than what the rule's row says. */
  readonly mend?: string;
  readonly missing?: Missing;
}

const WEIGHT: Readonly<Record<Level, number>> = { error: 0, warning: 1, notice: 2 };

/** Collects findings, each once, and knows where in what is served a certificate stands. */
export class Telling {
  readonly #places: ReadonlyMap<string, number>;
  readonly #told = new Map<string, CheckFinding>();

  constructor(served: readonly Certificate[]) {
    const places = served.map(({ fingerprint }, place) => [fingerprint, place] as const);
    // The first place of one that is served twice.
    this.#places = new Map(places.toReversed());
  }

  add({ rule, level, certificate, place, message, mend, missing }: Told): void {
    const reference = certificate === null ? null : this.#reference(certificate, place);
    const key = `${rule} ${reference?.position ?? ""} ${reference?.fingerprint ?? ""} ${message}`;
    if (this.#told.has(key)) return;
    const row = checkRow(rule);
    this.#told.set(key, {
      rule,
      section: row.section,
      level,
      certificate: reference,
      message,
      mend: mend ?? row.mend,
      ...(missing && { missing }),
    });
  }

  /** Whether something was told of that certificate by that rule. */
  has(rule: CheckRule, { fingerprint }: Certificate): boolean {
    return [...this.#told.values()].some(
      (finding) => finding.rule === rule && finding.certificate?.fingerprint === fingerprint,
    );
  }

  get findings(): readonly CheckFinding[] {
    const place = ({ certificate }: CheckFinding) => certificate?.position ?? Number.MAX_SAFE_INTEGER;
    return [...this.#told.values()].sort((a, b) => WEIGHT[a.level] - WEIGHT[b.level] || place(a) - place(b));
  }

  #reference({ subject, serial, fingerprint }: Certificate, place: number | undefined): CertificateReference {
    const position = place ?? this.#places.get(fingerprint) ?? null;
    return { position, subject: nameText(subject), serial, fingerprint };
  }
}
