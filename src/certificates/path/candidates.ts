import type { Certificate } from "../certificate/certificate.ts";

export interface Candidate {
  readonly certificate: Certificate;
  readonly isAnchor: boolean;
}

/** Who may have issued what, by name; and which certificates lead to an anchor at all. */
export class Candidates {
  readonly #anchors: ReadonlyMap<string, readonly Certificate[]>;
  readonly #pool: ReadonlyMap<string, readonly Certificate[]>;
  /** How many certificates stand above one on the shortest way to an anchor. */
  readonly #distance = new Map<string, number>();

  /** `passes` says whether a certificate of the pool could stand in a path at all. */
  constructor(
    anchors: readonly Certificate[],
    pool: readonly Certificate[],
    passes: (candidate: Candidate) => boolean,
  ) {
    this.#anchors = bySubject(anchors);
    this.#pool = bySubject(pool);
    const usable = distinct(pool).filter((certificate) => passes({ certificate, isAnchor: false }));
    const byIssuer = Map.groupBy(usable, (certificate) => certificate.issuer.key);
    let reached: readonly Certificate[] = distinct(anchors).filter((certificate) =>
      passes({ certificate, isAnchor: true }),
    );
    for (let distance = 1; reached.length > 0; distance++)
      reached = this.#spread(reached, byIssuer, distance);
  }

  /** Those that lead to an anchor; the likeliest first, so that the first path found is usually the best. */
  issuersOf(certificate: Certificate): readonly Candidate[] {
    return this.allIssuersOf(certificate).filter(
      (issuer) => issuer.isAnchor || this.#distance.has(issuer.certificate.fingerprint),
    );
  }

  /** All of that name, dead ends too. */
  allIssuersOf(certificate: Certificate): readonly Candidate[] {
    const { key } = certificate.issuer;
    const wanted = certificate.known.authorityKey?.keyIdentifier;
    const all = [
      ...(this.#anchors.get(key) ?? []).map((anchor) => ({ certificate: anchor, isAnchor: true })),
      ...(this.#pool.get(key) ?? []).map((known) => ({ certificate: known, isAnchor: false })),
    ];
    return all.sort((a, b) => this.#rank(a, wanted) - this.#rank(b, wanted));
  }

  #spread(
    reached: readonly Certificate[],
    byIssuer: ReadonlyMap<string, readonly Certificate[]>,
    distance: number,
  ): readonly Certificate[] {
    const next: Certificate[] = [];
    for (const issuer of new Set(reached.map((certificate) => certificate.subject.key)))
      for (const certificate of byIssuer.get(issuer) ?? []) {
        if (this.#distance.has(certificate.fingerprint)) continue;
        this.#distance.set(certificate.fingerprint, distance);
        next.push(certificate);
      }
    return next;
  }

  /** The key identifier first: it is a hint (RFC 5280 section 4.2.1.1), and nearly always right. */
  #rank({ certificate, isAnchor }: Candidate, wanted: string | undefined): number {
    const { subjectKey } = certificate.known;
    const isOtherKey = wanted !== undefined && subjectKey !== undefined && wanted !== subjectKey;
    const distance = isAnchor ? 0 : (this.#distance.get(certificate.fingerprint) ?? 1_000);
    return (isOtherKey ? 1_000_000 : 0) + distance;
  }
}

function bySubject(certificates: readonly Certificate[]): ReadonlyMap<string, readonly Certificate[]> {
  return Map.groupBy(distinct(certificates), (certificate) => certificate.subject.key);
}

export function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.fingerprint, certificate])).values()];
}
