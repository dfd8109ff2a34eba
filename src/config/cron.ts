/** Cron expressions, parsed by node-cron when the configuration is loaded: what reads policies later needs no parser. */
import { validateDetailed } from "node-cron";
import { z } from "zod";
import type { CronTimes } from "../domain/policy.ts";

/** Five fields, or six with seconds first; `@daily` and its like. */
export const cron = z.string().transform((expression, context): CronTimes => {
  const { fields, errors } = validateDetailed(expression);
  if (fields === undefined) {
    const reason = errors[0]?.message ?? "it cannot be read";
    context.addIssue({ code: "custom", message: `is no cron expression: ${reason}` });
    return z.NEVER;
  }
  return {
    expression,
    seconds: fields.second,
    minutes: fields.minute,
    hours: fields.hour,
    days: fields.dayOfMonth,
    months: fields.month,
    weekdays: fields.dayOfWeek,
  };
});
