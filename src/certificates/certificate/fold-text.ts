const SPACES = /[\s\u0085]+/gu;
/** Characters that RFC 4518 section 2.2 maps to nothing: controls, soft hyphens, joiners, selectors. */
const NOTHING = /\p{Cc}|\p{Cf}|\p{Variation_Selector}|\u034f|\ufffc/gu;

/**
 * Text as RFC 5280 section 7.1 compares it: the string preparation of RFC 4518, with case folding and with spaces
 * collapsed. The control characters that separate keys elsewhere never survive it.
 */
export function foldText(text: string): string {
  // Most names are plain ASCII, for which normalising changes nothing.
  const isPlain = /^[\x20-\x7e]*$/.test(text);
  const prepared = isPlain ? text : text.replace(SPACES, " ").replace(NOTHING, "").normalize("NFKC");
  return prepared.toLowerCase().replace(SPACES, " ").trim();
}
