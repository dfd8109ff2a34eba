import type { RecordedError } from "../domain/errors.ts";
import type { Channel, Notice } from "../domain/notice.ts";
import type { Ledger } from "./ledger.ts";
import type { Shortfall } from "./shortfall.ts";

const TRIES = 3;

/**
 * Tells every channel, side by side. That it was told stands in the journal: what a crash kept from being told, the next
 * `lockdown start` tells, and a crash in between tells it twice rather than never.
 */
export async function notify(
  ledger: Ledger,
  channels: readonly Channel[],
  notice: Notice,
): Promise<readonly Shortfall[]> {
  const told = await Promise.all(
    channels.map(async (channel): Promise<readonly Shortfall[]> => {
      const subject = `${channel.name}: ${notice.event}`;
      const error: RecordedError | null = await ledger.attempt({
        phase: "notify",
        subject,
        tries: TRIES,
        effect: async (signal) => {
          await channel.send(notice, signal);
          return null;
        },
      });
      return error === null ? [] : [{ phase: "notify", subject, error }];
    }),
  );
  return told.flat();
}
