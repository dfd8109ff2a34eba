/** What random text is made of. */

const DIGITS = "0123456789";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const LETTERS = LOWER.toUpperCase() + LOWER;

export const ALPHABETS = {
  alphanumeric: LETTERS + DIGITS,
  letters: LETTERS,
  digits: DIGITS,
  hex: `${DIGITS}abcdef`,
  /** RFC 4648, section 5. */
  base64url: `${LETTERS}${DIGITS}-_`,
} as const;

export type AlphabetName = keyof typeof ALPHABETS;

export interface Alphabet {
  readonly alphabet?: AlphabetName | undefined;
  readonly characters?: string | undefined;
}

export function charactersOf({ alphabet, characters }: Alphabet): string {
  return characters ?? ALPHABETS[alphabet ?? "alphanumeric"];
}
