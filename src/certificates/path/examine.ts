import type { Certificate } from "../certificate/certificate.ts";
import { constrainedNames, type ConstrainedName } from "../names/constrained-names.ts";
import { compileConstraints, type CompiledConstraints } from "../names/subtree.ts";
import { peerNameRules } from "../names/peer-name.ts";
import { altNameRules } from "../rules/alt-name-rules.ts";
import { authorityRules } from "../rules/authority-rules.ts";
import { constraintFormRules } from "../rules/constraint-form-rules.ts";
import { constraintRules } from "../rules/constraint-rules.ts";
import type { Violation } from "../rules/finding.ts";
import { FORM_RULES, formRules } from "../rules/form-rules.ts";
import { keyIdentifierRules } from "../rules/key-identifier-rules.ts";
import { anchorSignatureRules, curveRule, keyRules, signatureRules } from "../rules/key-rules.ts";
import type { RuleId } from "../rules/rules.ts";
import { leafRules } from "../rules/leaf-rules.ts";
import type { Use } from "../rules/use.ts";
import { validityRules } from "../rules/validity.ts";
import { checkRevocation } from "../revocation/check-revocation.ts";
import type { PathQuestion } from "./question.ts";
import { Signatures } from "./signatures.ts";
import type { Work } from "./work.ts";

const NONE: ReadonlySet<RuleId> = new Set();

type Role = "leaf" | "authority" | "anchor";

/**
 * Asks the rules about one certificate, or about one and its issuer, and remembers the answers: a search meets the same
 * certificates on many branches.
 */
export class Examiner {
  readonly #question: PathQuestion;
  readonly #use: Use;
  readonly #work: Work;
  readonly #signatures: Signatures;
  readonly #known = new Map<string, readonly Violation[]>();
  readonly #names = new Map<string, readonly ConstrainedName[]>();
  readonly #constraints = new Map<string, CompiledConstraints>();

  constructor(question: PathQuestion, work: Work) {
    const { purpose, demandedUsages = [], keyUsages = [] } = question;
    this.#question = question;
    this.#use = { ...(purpose !== undefined && { purpose }), demanded: demandedUsages, keyUsages };
    this.#work = work;
    this.#signatures = new Signatures(work, question.memory);
  }

  /** What a certificate breaks by itself. */
  alone(certificate: Certificate, role: Role): readonly Violation[] {
    const excused = role === "anchor" && this.#question.anchorsAsTheyAre === true ? FORM_RULES : NONE;
    return this.#once(`${role} ${certificate.fingerprint}`, () => this.#alone(certificate, role), excused);
  }

  /** What is wrong between a certificate and this issuer: the signature first, which costs most and decides most. */
  between(certificate: Certificate, issuer: Certificate, isLeaf: boolean): readonly Violation[] {
    const key = `between ${isLeaf} ${certificate.fingerprint} ${issuer.fingerprint}`;
    return this.#once(key, () => this.#between(certificate, issuer, isLeaf));
  }

  /** What name constraints of `authority` refuse in `certificate`, somewhere below it. */
  constraints(certificate: Certificate, authority: Certificate): readonly Violation[] {
    const constraints = this.#constraintsOf(authority);
    if (constraints === undefined) return [];
    const key = `constraints ${certificate.fingerprint} ${authority.fingerprint}`;
    const spend = (comparisons: number) => {
      this.#work.spend("comparisons", comparisons);
    };
    return this.#once(key, () => constraintRules(authority, constraints, this.#namesOf(certificate), spend));
  }

  *#alone(certificate: Certificate, role: Role): Iterable<Violation> {
    const { at, profile, signatureAlgorithms, names = [] } = this.#question;
    const isAnchor = role === "anchor";
    yield* validityRules(certificate, at);
    // What people meet most comes first.
    if (role === "leaf") yield* peerNameRules(certificate, names);
    yield* formRules(certificate, isAnchor);
    yield* keyIdentifierRules(certificate, this.#isTrusted(certificate));
    yield* keyRules(certificate, profile);
    yield* constraintFormRules(certificate);
    if (isAnchor) yield* anchorSignatureRules(certificate);
    else yield* signatureRules(certificate, profile, signatureAlgorithms);
    if (role !== "leaf") yield* authorityRules(certificate, this.#use, isAnchor);
    else {
      yield* leafRules(certificate, this.#use);
      yield* altNameRules(certificate);
    }
  }

  *#between(certificate: Certificate, issuer: Certificate, isLeaf: boolean): Iterable<Violation> {
    if (this.#signatures.holds(certificate, issuer.publicKey)) {
      yield* curveRule(certificate, issuer);
      yield* this.#revocation(certificate, issuer, isLeaf);
    } else yield { rule: "signature-valid", detail: "the key of its supposed issuer does not verify it" };
  }

  #revocation(certificate: Certificate, issuer: Certificate, isLeaf: boolean): Iterable<Violation> {
    const { revocationLists: lists = [], at } = this.#question;
    if (lists.length === 0) return [];
    return checkRevocation({ certificate, issuer, isLeaf, lists, at, signatures: this.#signatures });
  }

  #once(key: string, ask: () => Iterable<Violation>, excused = NONE): readonly Violation[] {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { profile } = this.#question;
    const violations = [...ask()].filter(({ rule }) => profile.holds(rule) && !excused.has(rule));
    this.#known.set(key, violations);
    return violations;
  }

  /** A leaf may be a trusted certificate itself. */
  #isTrusted({ fingerprint }: Certificate): boolean {
    return this.#question.anchors.some((anchor) => anchor.fingerprint === fingerprint);
  }

  #constraintsOf({ fingerprint, known }: Certificate): CompiledConstraints | undefined {
    if (known.nameConstraints === undefined) return undefined;
    const constraints = this.#constraints.get(fingerprint) ?? compileConstraints(known.nameConstraints);
    this.#constraints.set(fingerprint, constraints);
    return constraints;
  }

  #namesOf(certificate: Certificate): readonly ConstrainedName[] {
    const known = this.#names.get(certificate.fingerprint);
    if (known !== undefined) return known;
    const names = constrainedNames(certificate);
    this.#names.set(certificate.fingerprint, names);
    return names;
  }
}
