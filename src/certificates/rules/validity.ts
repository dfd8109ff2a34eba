import type { Instant } from "../../domain/time.ts";
import { SECOND_MS } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { isoSeconds } from "../iso-seconds.ts";
import type { Violation } from "./finding.ts";

/** Certificates know seconds only: of `at` the fraction is left out. Both ends of the validity belong to it. */
export function* validityRules({ notBefore, notAfter }: Certificate, at: Instant): Iterable<Violation> {
  const second = Math.floor(at / SECOND_MS) * SECOND_MS;
  if (second < notBefore.at)
    yield { rule: "not-yet-valid", detail: `it is valid from ${isoSeconds(notBefore.at)} on` };
  if (second > notAfter.at) yield { rule: "expired", detail: `it expired at ${isoSeconds(notAfter.at)}` };
}
