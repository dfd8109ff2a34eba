import { z } from "zod";
import { ALPHABETS, charactersOf, type AlphabetName } from "./alphabet.ts";

/** Fewer can be guessed by trying (NIST SP 800-63B asks 64 bits of a generator's output for look-up secrets that are not throttled). */
const FEWEST_BITS = 64;
const MOST = 4096;

export const randomSchema = z
  .strictObject({
    kind: z.literal("random"),
    /** So many characters of `alphabet` or `characters`. Either this or `bytes`. */
    length: z.int().min(1).max(MOST).optional(),
    alphabet: z.enum(Object.keys(ALPHABETS) as AlphabetName[]).optional(),
    /** The alphabet itself, written out. */
    characters: z
      .string()
      .regex(/^[!-~]{2,}$/, "must be at least two printable ASCII characters, without a space")
      .refine((text) => new Set(text).size === text.length, "must not hold a character twice")
      .optional(),
    /** So many random bytes, written in `encoding`. */
    bytes: z
      .int()
      .min(FEWEST_BITS / 8)
      .max(MOST)
      .optional(),
    encoding: z.enum(["hex", "base64", "base64url"]).optional(),
    /** `dual` only where the application takes two values at once. */
    overlap: z.enum(["dual", "none"]).default("none"),
  })
  .superRefine((config, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message });
    const { length, bytes } = config;
    if (length === undefined && bytes === undefined) complain("length", "either this or `bytes` is needed");
    if (length !== undefined && bytes !== undefined) complain("bytes", "excludes `length`");
    if (bytes !== undefined && config.alphabet !== undefined) complain("alphabet", "goes with `length` only");
    if (bytes !== undefined && config.characters !== undefined)
      complain("characters", "goes with `length` only");
    if (bytes === undefined && config.encoding !== undefined) complain("encoding", "goes with `bytes` only");
    if (config.alphabet !== undefined && config.characters !== undefined)
      complain("characters", "excludes `alphabet`");
    if (length === undefined) return;
    const needed = Math.ceil(FEWEST_BITS / Math.log2(charactersOf(config).length));
    if (length < needed) complain("length", `must be at least ${needed} with this alphabet (64 random bits)`);
  });

export type RandomConfig = z.output<typeof randomSchema>;
