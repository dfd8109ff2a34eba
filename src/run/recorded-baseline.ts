import type { Baseline, ConsumerId } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { Workshop } from "./ports.ts";

/** What a consumer used before this run, with the content that was sealed; null when the run did not know it. */
export function baselineOf(shop: Workshop, run: RunState, consumer: ConsumerId): Baseline | null {
  const recorded = run.baselines?.find((each) => each.consumer === consumer);
  if (recorded === undefined) return null;
  const items = recorded.items.map(({ secret, held, restore, sealedRow, sightings }) => ({
    secret,
    held,
    restore,
    ...(sightings === undefined ? {} : { sightings }),
    ...(sealedRow === null ? {} : { content: shop.journal.unseal(secret, 0, sealedRow) }),
  }));
  return { consumer, items };
}
