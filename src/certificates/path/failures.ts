import type { Certificate } from "../certificate/certificate.ts";
import { findingOf, type Finding, type Violation } from "../rules/finding.ts";

/** More would be the same again on other branches. */
const MAX_KEPT = 200;
export const MAX_TOLD = 25;

interface Kept {
  readonly finding: Finding;
  /** How many certificates the path had when it ended there. */
  readonly depth: number;
}

/** Why branches of a search ended. */
export class Failures {
  readonly #kept = new Map<string, Kept>();

  /** `depth`: how long the path was, when that is not where the certificate stands. Returns undefined, for callers to return. */
  add(violation: Violation, certificate: Certificate, position: number, depth = position): undefined {
    const key = `${violation.rule} ${position} ${certificate.fingerprint} ${violation.detail}`;
    const isDeeper = (this.#kept.get(key)?.depth ?? -1) < depth;
    if (!isDeeper || (this.#kept.size >= MAX_KEPT && !this.#kept.has(key))) return;
    this.#kept.set(key, { finding: findingOf(violation, certificate, position), depth });
  }

  /** Whether there was anything to add. */
  addAll(
    violations: readonly Violation[],
    certificate: Certificate,
    position: number,
    depth = position,
  ): boolean {
    for (const violation of violations) this.add(violation, certificate, position, depth);
    return violations.length > 0;
  }

  /** Those that ended nearest to an anchor first; a limit explains less than any rule. */
  deepestFirst(): readonly Finding[] {
    return [...this.#kept.values()]
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, MAX_TOLD)
      .map(({ finding }) => finding);
  }
}

function weight({ finding, depth }: Kept): number {
  return finding.rule === "within-limits" ? -1 : depth;
}
