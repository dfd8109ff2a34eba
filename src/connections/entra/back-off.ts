import { RotationError } from "../../domain/errors.ts";
import type { Clock } from "../../domain/time.ts";

const FIRST_MS = 1_000;
/** Graph gives no Retry-After most of the time, and asks for exponential back-off then. */
const MAX_MS = 60_000;
/** An absurd Retry-After must not park a tenant for a day. */
const MAX_ASKED_MS = 3_600_000;

/** Remembers that a service asked to slow down, for every secret that uses the same tenant. */
export class BackOff {
  readonly #clock: Clock;
  readonly #service: string;
  #untilMs = 0;
  #strikes = 0;

  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** Throws `throttled` while the wait lasts: nothing is sent then, so even a write may be tried again later. */
  check(): void {
    const leftMs = this.#untilMs - this.#clock.monotonicMs();
    if (leftMs > 0) throw this.#throttled(Math.ceil(leftMs));
  }

  /** The service answered 429. */
  slowDown(askedMs: number | null): RotationError {
    const ownMs = Math.min(MAX_MS, FIRST_MS * 2 ** this.#strikes);
    const waitMs = askedMs === null ? ownMs : Math.min(MAX_ASKED_MS, Math.max(askedMs, FIRST_MS));
    this.#strikes += 1;
    this.#untilMs = Math.max(this.#untilMs, this.#clock.monotonicMs() + waitMs);
    return this.#throttled(waitMs);
  }

  succeeded(): void {
    this.#strikes = 0;
  }

  #throttled(retryAfterMs: number): RotationError {
    return new RotationError("throttled", {
      kind: "transient",
      message: `${this.#service} asks to slow down`,
      hint: "keyturn waits by itself; if this lasts, look for other programs that call the same tenant.",
      retryAfterMs,
    });
  }
}

/** Retry-After (RFC 9110 section 10.2.3) in milliseconds: a number of seconds or a date; null when it is neither. */
export function parseRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text.trim()) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
