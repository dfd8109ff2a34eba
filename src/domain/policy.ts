/** When a secret is due and how its run behaves, as the configuration gives it: durations in milliseconds. */
import type { StoreId } from "./ports.ts";
import type { Instant } from "./time.ts";
import type { SecretName } from "./version.ts";

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export interface Window {
  readonly days: readonly Weekday[];
  /** Minutes since midnight in the policy's time zone; `toMinute` before `fromMinute` means past midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** One time for which a window is open: from `fromAt`, until `toAt`, which is outside. */
export interface Opening {
  readonly fromAt: Instant;
  readonly toAt: Instant;
}

/**
 * A cron expression as it was parsed: the values of each field, all of which must fit. Days may also be `L` (the last),
 * `L-3`, `15W` (the weekday nearest to the 15th) and `LW`; weekdays, counted from Sunday as 0, `5L` (the last Friday) and
 * `5#2` (the second).
 */
export interface CronTimes {
  readonly expression: string;
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly (number | string)[];
  readonly months: readonly number[];
  readonly weekdays: readonly (number | string)[];
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

export interface Policy {
  readonly name: string;
  readonly maxAgeMs: number | null;
  /** Instead of `maxAge`: due at the first of these times after the current version was promoted. */
  readonly cron: CronTimes | null;
  /** Before expiry: a time, or a share of the lifetime (0 to 1). */
  readonly renewBefore: { readonly ms: number } | { readonly share: number } | null;
  readonly timezone: string;
  readonly window: Window | null;
  readonly splayMs: number;
  readonly overlapMs: number;
  readonly keep: number;
  readonly retry: RetryPolicy;
  readonly allowGap: boolean;
}

/** A secret and its policy, without its leaves: what `decide`, `plan` and `status` read. Plain JSON. */
export interface SecretPolicy {
  readonly secret: SecretName;
  readonly policy: Policy;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependsOn: readonly SecretName[];
  /** Never activated in the same opening of the window as this secret; symmetric. */
  readonly notWith: readonly SecretName[];
  /** Where copies of its current version belong: the stores of its targets. */
  readonly stores: readonly StoreId[];
  /** Others make its versions: only a look at its issuer tells whether one waits. Not there when keyturn makes them. */
  readonly offers?: true;
}
