/**
 * Whether a new secret works everywhere. Replicas of the token endpoint learn of it one by one, and each sign-in lands on any of
 * them, so that a single success proves little: with one of three behind, five in a row succeed in 13 of 100 looks.
 */

/** After a first success; enough when no replica was ever seen to refuse. */
export const SIGN_INS_AT_ONCE = 4;

/** After a refusal: this many successes and no other refusal. One replica of three behind would get by twice in 1,000. */
const SIGN_INS_AFTER_REFUSAL = 15;
/** … over at least this long, and longer where replicas were slow, since those still behind are slower. */
const QUIET_MS = 1_500;
const QUIET_SHARE_OF_AGE = 1 / 3;
const LONGEST_QUIET_MS = 20_000;

/** Whoever makes a secret looks at it sooner; later than this, a process that is gone may have seen it refused. */
const PROMPT_MS = 3_000;

interface Seen {
  readonly refusedAtAgeMs: number;
  accepted: number;
}

export class Steadiness {
  /** By credential; only those that were refused. */
  readonly #seen = new Map<string, Seen>();
  readonly #looked = new Set<string>();

  /** Called before each look. */
  look(id: string, ageMs: number): void {
    if (this.#looked.has(id)) return;
    this.#looked.add(id);
    if (ageMs > PROMPT_MS) this.refused(id, ageMs);
  }

  refused(id: string, ageMs: number): void {
    this.#seen.set(id, { refusedAtAgeMs: ageMs, accepted: 0 });
  }

  accepted(id: string): void {
    const seen = this.#seen.get(id);
    if (seen !== undefined) seen.accepted += 1;
  }

  isSteady(id: string, ageMs: number): boolean {
    const seen = this.#seen.get(id);
    if (seen === undefined) return true;
    const quietMs = Math.min(LONGEST_QUIET_MS, Math.max(QUIET_MS, seen.refusedAtAgeMs * QUIET_SHARE_OF_AGE));
    return seen.accepted >= SIGN_INS_AFTER_REFUSAL && ageMs - seen.refusedAtAgeMs >= quietMs;
  }
}
