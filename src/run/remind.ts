import { remindersFor } from "../plan/reminders.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** Tells a person what waits for them, each occasion once: the alert itself is what the journal remembers it by. */
export async function remind({ wiring, journal, clock }: Workshop, recorder: Recorder): Promise<void> {
  for (const state of journal.tables.all("secret")) {
    const { secret } = state;
    const byHand = wiring.byHand(secret);
    if (byHand === null) continue;
    for (const { reminder, error } of remindersFor(state, wiring.policy(secret), byHand, clock.now()))
      await recorder.record({ type: "alert", secret, run: null, error, reminder });
  }
}
