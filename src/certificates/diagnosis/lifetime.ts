import { DAY_MS, SECOND_MS } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";

/**
 * How many days a public certificate may live, by the day on which it begins (BR 6.3.2, as ballots SC-22 and SC-081v3 have
 * it), the latest first. Before that: 825 days, of which none is left.
 */
export const LIFETIME_CALENDAR: readonly { readonly from: string; readonly days: number }[] = [
  { from: "2029-03-15", days: 47 },
  { from: "2027-03-15", days: 100 },
  { from: "2026-03-15", days: 200 },
  { from: "2020-09-01", days: 398 },
];

const CALENDAR = LIFETIME_CALENDAR.map((row) => ({ ...row, fromAt: Date.parse(`${row.from}T00:00:00Z`) }));

/** Reserved certificate policies, one of which every public certificate of a server has (BR 7.1.2.7.9, 7.1.6.1). */
const PUBLIC_POLICIES = ["2.23.140.1.1", "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3"];

export function isPublic({ known }: Certificate): boolean {
  return PUBLIC_POLICIES.some((policy) => known.policies?.includes(policy));
}

/** The last second belongs to the validity (RFC 5280 section 4.1.2.5). */
export function lifetimeMs({ notBefore, notAfter }: Certificate): number {
  return notAfter.at - notBefore.at + SECOND_MS;
}

/** Days, a day begun counting as one; and how many were allowed. `undefined` when it keeps to the calendar. */
export function overCalendar(
  certificate: Certificate,
): { readonly days: number; readonly allowed: number; readonly from: string } | undefined {
  const days = Math.ceil(lifetimeMs(certificate) / DAY_MS);
  const row = CALENDAR.find(({ fromAt }) => certificate.notBefore.at >= fromAt);
  return row !== undefined && days > row.days ? { days, allowed: row.days, from: row.from } : undefined;
}
