import type { Instant } from "../../domain/time.ts";
import { malformed } from "../malformed.ts";
import type { Element } from "./der-reader.ts";
import { TAG } from "./tags.ts";

export interface Moment {
  readonly at: Instant;
  /** UTCTime up to 2049 and GeneralizedTime from 2050, as RFC 5280 section 4.1.2.5 asks. */
  readonly isRightType: boolean;
}

/** A Time (RFC 5280 section 4.1.2.5). */
export function readTime(element: Element, field: string): Moment {
  const isUtc = element.tag === TAG.utcTime;
  if (!isUtc && element.tag !== TAG.generalizedTime) throw malformed(field, "it is not a time");
  const text = Buffer.from(element.content).toString("latin1");
  const digits = isUtc ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits)?.slice(1).map(Number);
  if (parts === undefined) throw malformed(field, "it is not a time in the form that RFC 5280 asks for");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute, second);
  const isReal = moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day;
  if (!isReal || hour > 23 || minute > 59 || second > 59) throw malformed(field, "there is no such time");
  return { at: moment.getTime(), isRightType: isUtc === (year >= 1950 && year < 2050) };
}
