/** schedules/*.yaml. Issuers, targets and probes are checked by their kinds' own schemas, in a second pass. */
import { z } from "zod";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../domain/time.ts";
import { cron } from "./cron.ts";
import { kinded } from "./main-schema.ts";
import { duration, renewBefore, timeOfDay, timezone, WEEKDAYS } from "./scalars.ts";

/** Zod skips a refinement once a key is wrong; these look at every key for themselves, so that no problem hides another. */
const always = { when: ({ value }: { value: unknown }) => typeof value === "object" && value !== null };

const window = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS]),
    from: timeOfDay,
    to: timeOfDay,
  })
  .refine(({ from, to }) => from !== to, { message: "opens and closes at the same minute", path: ["to"] })
  .refine(({ days }) => new Set(days).size === days.length, { message: "names a day twice", path: ["days"] });

const retry = z
  .strictObject({
    attempts: z.int().min(1).max(100).default(6),
    first: duration({ positive: true }).default(10 * SECOND_MS),
    max: duration({ positive: true }).default(30 * MINUTE_MS),
  })
  .refine(({ first, max }) => first <= max, { message: "must not be shorter than `first`", path: ["max"] });

export const policySchema = z
  .strictObject({
    maxAge: duration({ positive: true }).optional(),
    cron: cron.optional(),
    renewBefore: renewBefore.optional(),
    timezone: timezone.default("UTC"),
    window: window.optional(),
    splay: duration().default(0),
    overlap: duration().default(24 * HOUR_MS),
    keep: z.int().min(1).max(100).default(2),
    retry: retry.default({ attempts: 6, first: 10 * SECOND_MS, max: 30 * MINUTE_MS }),
    allowGap: z.boolean().default(false),
  })
  .refine(({ maxAge, cron }) => maxAge === undefined || cron === undefined, {
    ...always,
    path: ["cron"],
    message: "stands beside `maxAge`; a policy has one of them",
  })
  .refine(
    ({ maxAge, cron, renewBefore }) => [maxAge, cron, renewBefore].some((given) => given !== undefined),
    {
      ...always,
      path: ["maxAge"],
      message: "is missing, and neither `cron` nor `renewBefore` is given: nothing would ever be due",
    },
  )
  .refine(({ maxAge, overlap }) => maxAge === undefined || overlap < maxAge, {
    when: ({ issues }) => !issues.some(({ path }) => path?.[0] === "maxAge" || path?.[0] === "overlap"),
    path: ["overlap"],
    message: "must be under `maxAge`",
  });

export const secretSchema = z.strictObject({
  policy: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  issuer: kinded,
  targets: z.array(kinded).default([]),
  probes: z.array(kinded).default([]),
  dependsOn: z.array(z.string()).default([]),
  notWith: z.array(z.string()).default([]),
});

/** A file's sections; `policySchema` and `secretSchema` see what is in them one by one. An empty section is none. */
export const scheduleOutline = z.strictObject({
  policies: z.record(z.string(), z.unknown()).nullish(),
  secrets: z.record(z.string(), z.unknown()).nullish(),
  scans: z.record(z.string(), z.unknown()).nullish(),
});

export type PolicyDocument = z.output<typeof policySchema>;
