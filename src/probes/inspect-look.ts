import type { Look } from "./poll.ts";
import { failed, failedBy, proved, type Finding } from "../domain/check.ts";

const HINT =
  "Look at the consumer's log, and check the probe's settings; a rotation would not get past this.";

/** One look, as `doctor` tells it: a probe that does not pass now would fail the rotation of a version that is good. */
export async function inspectLook(
  subject: string,
  lookMs: number,
  signal: AbortSignal,
  look: (stop: AbortSignal) => Promise<Look<unknown>>,
): Promise<readonly Finding[]> {
  const late = AbortSignal.timeout(lookMs);
  try {
    const seen = await look(AbortSignal.any([signal, late]));
    if ("passed" in seen) return [proved("answer", `${subject} passes`)];
    return [failed("answer", `${subject} does not pass: ${seen.seen}`, HINT)];
  } catch (thrown) {
    if (late.aborted) return [failed("answer", `${subject}: no answer within ${lookMs / 1000} s`, HINT)];
    return [failedBy("answer", thrown)];
  }
}
