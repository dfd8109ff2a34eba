/**
 * Bounds of one answer. Counts and not milliseconds, so that the same question always has the same answer; the defaults
 * keep the slowest question measured well under 100 ms.
 */
export interface Limits {
  /** Verifying signatures, in microseconds of a slow machine: see `verifyCost`. */
  readonly signatures: number;
  /** Names compared with constraints. */
  readonly comparisons: number;
  /** Issuers tried. */
  readonly branches: number;
  /** Certificates in a path, both ends included. */
  readonly pathLength: number;
  /** Certificates that are looked at; more are refused at once. */
  readonly certificates: number;
}

export const DEFAULT_LIMITS: Limits = {
  signatures: 30_000,
  comparisons: 250_000,
  branches: 2_000,
  pathLength: 20,
  certificates: 500,
};

type Resource = "signatures" | "comparisons" | "branches";

/** Thrown inside the search only; `buildPath` turns it into a finding. */
export class LimitReached extends Error {
  override readonly name = "LimitReached";
  readonly resource: Resource;

  constructor(resource: Resource) {
    super(`the search used up its ${resource}`);
    this.resource = resource;
  }
}

/** Counts what a search uses up. */
export class Work {
  readonly #left: Record<Resource, number>;

  constructor(limits: Limits) {
    const { signatures, comparisons, branches } = limits;
    this.#left = { signatures, comparisons, branches };
  }

  spend(resource: Resource, amount: number): void {
    this.#left[resource] -= amount;
    if (this.#left[resource] < 0) throw new LimitReached(resource);
  }
}
