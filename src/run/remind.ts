import { remindersFor } from "../plan/reminders.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { confirmCurrent } from "./retire.ts";
import { settle } from "./settle.ts";

/** Tells a person what waits for them, each occasion once: the alert itself is what the journal remembers it by. */
export async function remind(shop: Workshop, recorder: Recorder): Promise<void> {
  const { wiring, journal, clock } = shop;
  for (const state of journal.tables.all("secret")) {
    const { secret } = state;
    const byHand = wiring.byHand(secret);
    if (byHand === null) continue;
    const reminders = remindersFor(state, wiring.policy(secret), byHand, clock.now());
    for (const { reminder, error, onceConfirmed } of reminders) {
      if (onceConfirmed && !(await settle(confirmCurrent(shop, state))).ok) continue;
      await recorder.record({ type: "alert", secret, run: null, error, reminder });
    }
  }
}
