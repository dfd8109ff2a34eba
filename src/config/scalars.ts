/** The words of the configuration: durations, names, paths, times of day. */
import { z } from "zod";
import { pathFault } from "../domain/expand-path.ts";
import { DAY_MS, parseDuration } from "../domain/time.ts";
import type { Weekday } from "../domain/policy.ts";

const LONGEST_MS = 36_500 * DAY_MS;

/** What a name may be made of: it becomes part of markers, file names and docker labels. */
export const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;

export const WEEKDAYS = [
  "mon",
  "tue",
  "wed",
  "thu",
  "fri",
  "sat",
  "sun",
] as const satisfies readonly Weekday[];

/** `90d`, `24h`, `30m`, `10s` as milliseconds. */
export function duration(options: { readonly positive?: boolean } = {}): z.ZodType<number, string> {
  const wanted = "a duration like 90d, 24h, 30m or 10s";
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : `must be ${wanted}`) })
    .meta({ pattern: "^[0-9]{1,9}(ms|s|m|h|d)$", examples: ["90d", "24h", "30m", "10s"] })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === null) return refuse(context, `must be ${wanted}`);
      if (ms > LONGEST_MS) return refuse(context, "must be at most 100 years");
      if (options.positive === true && ms === 0) return refuse(context, "must be more than nothing");
      return ms;
    });
}

/** `14d`, or `33%` of the lifetime. */
export const renewBefore: z.ZodType<{ ms: number } | { share: number }, string> = z
  .string()
  .meta({ pattern: "^([0-9]{1,9}(ms|s|m|h|d)|[0-9]{1,2}%)$", examples: ["14d", "33%"] })
  .transform((text, context) => {
    const share = /^([1-9][0-9]?)%$/.exec(text);
    if (share) return { share: Number(share[1]) / 100 };
    const ms = parseDuration(text);
    if (ms === null || ms === 0 || ms > LONGEST_MS) {
      return refuse(context, "must be a duration like 14d, or a share of the lifetime from 1% to 99%");
    }
    return { ms };
  });

/** `02:00` as minutes since midnight. */
export const timeOfDay: z.ZodType<number, string> = z
  .string({
    error: (issue) =>
      issue.input === undefined ? undefined : 'must be a time of day in quotes, like "02:00"',
  })
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time of day in quotes, like "02:00"')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

export const timezone: z.ZodType<string, string> = z
  .string()
  .refine(isTimezone, "is not a time zone of the IANA database, like UTC or Europe/Berlin");

/** A path as written: expanded and anchored when it is first needed. */
export const path: z.ZodType<string, string> = z.string().superRefine((text, context) => {
  const fault = pathFault(text);
  if (fault !== null) context.addIssue({ code: "custom", message: fault });
});

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
