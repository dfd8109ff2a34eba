import { asRotationError, recordError } from "../domain/errors.ts";
import type { Outcome } from "../domain/lockdown.ts";
import type { Json } from "../domain/ports.ts";
import type { Clock } from "../domain/time.ts";

/** Does it, and tells what became of it; never rejects. */
export async function outcomeOf(
  clock: Clock,
  subject: string,
  effect: () => Promise<Json>,
): Promise<Outcome> {
  const startedAt = clock.now();
  try {
    const facts = await effect();
    return { subject, startedAt, endedAt: clock.now(), error: null, facts };
  } catch (thrown) {
    const error = recordError(asRotationError(thrown));
    return { subject, startedAt, endedAt: clock.now(), error, facts: null };
  }
}
