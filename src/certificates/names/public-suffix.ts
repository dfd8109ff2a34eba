import { parse } from "tldts";

/** ICANN's part of the list only, as the Baseline Requirements ask (section 3.2.2.6). */
const OPTIONS = {
  allowPrivateDomains: false,
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
} as const;

/**
 * Whether everybody may register below the name (`com`, `co.uk`): a wildcard there would cover strangers. A single label
 * that the list does not have counts as one, by the list's own default rule.
 */
export function isPublicSuffix(name: string): boolean {
  const lower = name.toLowerCase();
  return parse(lower, OPTIONS).publicSuffix === lower;
}

/** Whether the name can exist in the public DNS: it stands below a suffix of ICANN's. */
export function isPublicName(name: string): boolean {
  return parse(name.toLowerCase(), OPTIONS).isIcann === true;
}
