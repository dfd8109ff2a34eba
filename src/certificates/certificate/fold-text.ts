/** Characters that RFC 4518 section 2.2 maps to nothing: controls, soft hyphens, joiners, selectors. */
const NOTHING = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]/gu;
const SPACES = /[\s\u0085]+/gu;

/**
 * Text as RFC 5280 section 7.1 compares it: the string preparation of RFC 4518, with case folding and with spaces
 * collapsed. The control characters that separate keys elsewhere never survive it.
 */
export function foldText(text: string): string {
  // Most names are plain ASCII, for which normalising changes nothing.
  const isPlain = /^[\x20-\x7e]*$/.test(text);
  const prepared = isPlain ? text : text.replace(NOTHING, "").normalize("NFKC");
  return prepared.toLowerCase().replace(SPACES, " ").trim();
}
