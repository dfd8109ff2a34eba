import { randomBytes } from "node:crypto";
import type { Instant } from "../domain/time.ts";

/** Digits and letters without i, l, o and u: what people can read to one another. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LETTERS = 9;
const RANDOM_LETTERS = 7;

/** A run's id: nine letters of time, so that ids sort, and seven random ones (35 bits). */
export function newRunId(now: Instant): string {
  let time = "";
  for (let rest = now, n = 0; n < TIME_LETTERS; n += 1, rest = Math.floor(rest / 32))
    time = `${ALPHABET[rest % 32]}${time}`;
  const random = [...randomBytes(RANDOM_LETTERS)].map((byte) => ALPHABET[byte % 32]).join("");
  return `${time}${random}`;
}
