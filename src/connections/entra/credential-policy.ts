/**
 * What a tenant's app management policies say of client secrets.
 * https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy
 */
import { z } from "zod";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/time.ts";

export interface PasswordRules {
  /** New client secrets are forbidden altogether. */
  readonly isForbidden: boolean;
  /** Longest life of a new one in milliseconds; null for no limit. */
  readonly longestMs: number | null;
}

const restriction = z.object({
  restrictionType: z.string(),
  maxLifetime: z.string().nullish(),
  state: z.string().nullish(),
  restrictForAppsCreatedAfterDateTime: z.string().nullish(),
});
const restrictions = z.object({ passwordCredentials: z.array(restriction).nullish() }).nullish();
const tenantPolicy = z.object({ isEnabled: z.boolean(), applicationRestrictions: restrictions });
const appPolicies = z.object({
  value: z.array(z.object({ isEnabled: z.boolean().nullish(), restrictions })),
});

type Restriction = z.output<typeof restriction>;

/** The tenant's default, or a policy of the application's own, which stands in its place. null when it is unreadable. */
export function readRules(tenant: unknown, own: unknown, createdAt: number | null): PasswordRules | null {
  const [ofTenant, ofApp] = [tenantPolicy.safeParse(tenant), appPolicies.safeParse(own)];
  if (!ofTenant.success || !ofApp.success) return null;
  const enabled = ofApp.data.value.filter(({ isEnabled }) => isEnabled !== false);
  const byDefault = ofTenant.data.isEnabled ? ofTenant.data.applicationRestrictions : null;
  const chosen = enabled.length > 0 ? enabled.map((policy) => policy.restrictions) : [byDefault];
  const rules = chosen
    .flatMap((each) => each?.passwordCredentials ?? [])
    .filter((each) => isInForce(each, createdAt));
  const lifetimes = rules
    .filter(({ restrictionType }) => restrictionType === "passwordLifetime")
    .flatMap(({ maxLifetime }) => parseIsoDuration(maxLifetime ?? "") ?? []);
  return {
    isForbidden: rules.some(({ restrictionType }) => restrictionType === "passwordAddition"),
    longestMs: lifetimes.length === 0 ? null : Math.min(...lifetimes),
  };
}

/** Older applications may be exempt. */
function isInForce(rule: Restriction, createdAt: number | null): boolean {
  if (rule.state === "disabled") return false;
  const since = Date.parse(rule.restrictForAppsCreatedAfterDateTime ?? "");
  return createdAt === null || Number.isNaN(since) || createdAt >= since;
}

/** ISO 8601, as `P90D` or `P4DT12H30M5S`; a year counts 365 days and a month 30. */
function parseIsoDuration(text: string): number | null {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
    text,
  );
  if (match === null || text === "P") return null;
  const units = [365 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];
  return units.reduce((sum, unit, index) => sum + unit * Number(match[index + 1] ?? 0), 0);
}
