import type { Certificate } from "../certificate/certificate.ts";
import { distinct } from "../path/candidates.ts";

/** Far more than any real chain has above it; a search takes 500. */
const MOST_ABOVE = 200;

/** Certificates by subject, so that of thousands only those are looked at that a chain could lead to. */
export class Authorities {
  readonly #bySubject: ReadonlyMap<string, readonly Certificate[]>;

  constructor(certificates: readonly Certificate[]) {
    this.#bySubject = Map.groupBy(distinct(certificates), ({ subject }) => subject.key);
  }

  /** Those that may stand above any of these, by name: their issuers, the issuers of those, and so on. */
  above(below: readonly Certificate[]): readonly Certificate[] {
    const found: Certificate[] = [];
    const asked = new Set<string>();
    const names = below.map(({ issuer }) => issuer.key);
    for (let name = names.pop(); name !== undefined && found.length < MOST_ABOVE; name = names.pop()) {
      if (asked.has(name)) continue;
      asked.add(name);
      const issuers = this.#bySubject.get(name) ?? [];
      found.push(...issuers.slice(0, MOST_ABOVE - found.length));
      names.push(...issuers.map(({ issuer }) => issuer.key));
    }
    return found;
  }

  /** Whether somebody of that name is here. */
  has(subject: string): boolean {
    return this.#bySubject.has(subject);
  }
}
