import type { RecordedError } from "../domain/errors.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { SecretState } from "../domain/state.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import { alarmAt } from "../plan/health.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** Tells of every secret that is still overdue when the work is done, once for each version. */
export async function raiseAlarms(shop: Workshop, recorder: Recorder): Promise<void> {
  const now = shop.clock.now();
  for (const name of shop.wiring.secrets) {
    if (shop.signal.aborted) return;
    const secret = shop.journal.tables.get("secret", name);
    const at = secret === undefined ? null : alarmAt(secret, shop.wiring.policy(name));
    if (secret === undefined || at === null || at > now) continue;
    const error = overdue(secret, shop.wiring.policy(name), at);
    await recorder.record({ type: "alert", secret: name, run: secret.lastRun?.run ?? null, error });
  }
}

function overdue({ secret, current, lastRun }: SecretState, of: SecretPolicy, at: Instant): RecordedError {
  const last = lastRun === null ? "" : `; its last run ended ${lastRun.outcome}`;
  return {
    code: "overdue",
    kind: "rejected",
    message: `version ${current} of ${secret} should have been replaced by ${isoOrNull(at)}${last}`,
    hint: `Policy ${of.policy.name} makes it due; see \`keyturn plan ${secret}\`.`,
  };
}
