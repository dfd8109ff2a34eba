import { isSelfIssued, type Certificate } from "../certificate/certificate.ts";
import type { Violation } from "../rules/finding.ts";
import type { Candidate, Candidates } from "./candidates.ts";
import type { Examiner } from "./examine.ts";
import type { Failures } from "./failures.ts";
import { policyViolation } from "./policies.ts";
import type { Work } from "./work.ts";

export interface SearchOptions {
  readonly candidates: Candidates;
  readonly examiner: Examiner;
  readonly failures: Failures;
  readonly work: Work;
  /** CAs between leaf and anchor, self-issued ones not counted. */
  readonly maxDepth: number;
  /** Certificates in the path. */
  readonly maxLength: number;
  /** Also walk into dead ends, to learn why they are. */
  readonly explains: boolean;
}

/**
 * Depth first from the leaf upwards (RFC 4158 section 2.4.1). All of RFC 5280 section 6.1 that looks at one certificate
 * and what stands below it is decided on the way; only policies wait for the whole path.
 */
export class Search {
  readonly #options: SearchOptions;
  readonly #path: Certificate[];
  /** Certificates above which every branch failed, for reasons that would be the same below any path. */
  readonly #dead = new Set<string>();
  /** How often a branch failed because of the path below it: a circle, a length, a name, the policies. */
  #failuresByPath = 0;

  constructor(leaf: Certificate, options: SearchOptions) {
    this.#options = options;
    this.#path = [leaf];
  }

  /** The path, leaf first; `undefined` when there is none. Throws `LimitReached`. */
  find(): readonly Certificate[] | undefined {
    const top = this.#path.at(-1) as Certificate;
    if (this.#dead.has(top.fingerprint)) return undefined;
    const before = this.#failuresByPath;
    for (const issuer of this.#issuersOf(top)) {
      const found = this.#climb(top, issuer);
      if (found !== undefined) return found;
    }
    if (this.#failuresByPath === before) this.#dead.add(top.fingerprint);
    return undefined;
  }

  /** Who is to be tried, those left out that would close a circle. */
  #issuersOf(top: Certificate): readonly Candidate[] {
    const { candidates, explains, failures } = this.#options;
    const all = candidates.allIssuersOf(top);
    const issuers = explains ? all : candidates.issuersOf(top);
    const untried = issuers.filter((issuer) => !this.#isLoop(issuer));
    this.#failuresByPath += issuers.length - untried.length;
    // Without dead ends an empty list says nothing: the other pass knows what was left out, and why.
    if (explains && untried.length === 0)
      failures.add(nobody(top, all.length > 0), top, this.#path.length - 1);
    return untried;
  }

  /** Adds the issuer and goes on, or says what forbids it. */
  #climb(top: Certificate, issuer: Candidate): readonly Certificate[] | undefined {
    this.#options.work.spend("branches", 1);
    const { certificate, isAnchor } = issuer;
    if (this.#isRefused(issuer) || this.#refusesNameBelow(certificate)) return undefined;
    const between = this.#options.examiner.between(top, certificate, this.#path.length === 1);
    if (this.#options.failures.addAll(between, top, this.#path.length - 1)) return undefined;
    if (isAnchor) return this.#finish(certificate);
    this.#path.push(certificate);
    const found = this.find();
    this.#path.pop();
    return found;
  }

  /** Whether the issuer cannot stand at this place, whoever is below it. */
  #isRefused({ certificate, isAnchor }: Candidate): boolean {
    const { examiner, failures } = this.#options;
    const position = this.#path.length;
    if (!isAnchor && isUnsignedByOthers(certificate))
      return failures.addAll([UNTRUSTED], certificate, position);
    const alone = examiner.alone(certificate, isAnchor ? "anchor" : "authority");
    if (failures.addAll(alone, certificate, position)) return true;
    const length = this.#lengthViolations({ certificate, isAnchor });
    this.#failuresByPath += length.length;
    return failures.addAll(length, certificate, position);
  }

  #finish(anchor: Certificate): readonly Certificate[] | undefined {
    const violation = policyViolation([...this.#path].reverse());
    if (violation === undefined) return [...this.#path, anchor];
    this.#failuresByPath++;
    return this.#options.failures.add(violation, this.#path[0] as Certificate, 0, this.#path.length);
  }

  #lengthViolations({ certificate, isAnchor }: Candidate): readonly Violation[] {
    const { maxDepth, maxLength } = this.#options;
    const below = this.#path.slice(1).filter((one) => !isSelfIssued(one)).length;
    const allowed = certificate.known.basicConstraints?.pathLength;
    if (allowed !== undefined && below > allowed)
      return [{ rule: "path-length", detail: `it allows ${allowed} CAs below it, and ${below} are` }];
    const depth = below + (isAnchor || isSelfIssued(certificate) ? 0 : 1);
    if (depth > maxDepth)
      return [{ rule: "max-depth", detail: `more than ${maxDepth} CAs stand in the path` }];
    const isLong = this.#path.length >= maxLength;
    return isLong
      ? [{ rule: "within-limits", detail: `the path has more than ${maxLength} certificates` }]
      : [];
  }

  /** Self-issued certificates are let off, unless they are the leaf (RFC 5280 section 6.1.3 (b)). */
  #refusesNameBelow(authority: Certificate): boolean {
    const { examiner, failures } = this.#options;
    const place = this.#path.findIndex((certificate, position) => {
      if (position > 0 && isSelfIssued(certificate)) return false;
      const violations = examiner.constraints(certificate, authority);
      return failures.addAll(violations, certificate, position, this.#path.length);
    });
    // The leaf and the certificate right below stand below the authority on every path.
    if (place > 0 && place < this.#path.length - 1) this.#failuresByPath++;
    return place >= 0;
  }

  /** The same CA with the same key again leads nowhere new (RFC 4158 section 5.2). A trusted leaf may be its own anchor. */
  #isLoop({ certificate, isAnchor }: Candidate): boolean {
    if (isAnchor && this.#path.length === 1) return false;
    return this.#path.some(
      (known) =>
        known.fingerprint === certificate.fingerprint ||
        (known.subject.key === certificate.subject.key && known.publicKey.id === certificate.publicKey.id),
    );
  }
}

const UNTRUSTED: Violation = {
  rule: "trusted",
  detail: "it is self-signed, and not one of the trusted certificates",
};

/** Only a self-signed certificate may leave the authority key out (RFC 5280 section 4.2.1.1). */
function isUnsignedByOthers(certificate: Certificate): boolean {
  return isSelfIssued(certificate) && certificate.known.authorityKey === undefined;
}

function nobody(top: Certificate, hasIssuers: boolean): Violation {
  if (isSelfIssued(top)) return UNTRUSTED;
  return hasIssuers
    ? { rule: "issuer", detail: "no certificate of its issuer at hand leads on to a trusted one" }
    : { rule: "issuer", detail: "its issuer is neither trusted nor at hand" };
}
