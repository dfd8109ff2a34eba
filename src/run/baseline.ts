import { recordError } from "../domain/errors.ts";
import type { RecordedBaseline } from "../domain/journal-record.ts";
import type { Baseline, BaselineItem, Consumer, SealOrder } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import { MINUTE_MS } from "../domain/time.ts";
import { contextOf } from "./context.ts";
import { consumersOf, reachOf } from "./crew.ts";
import { withDeadline } from "./deadline.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { settle } from "./settle.ts";

const READ_MS = 2 * MINUTE_MS;

/**
 * Journals what every consumer uses now, once per run and in one record, so that there is one moment to come back to.
 * When it cannot be read nothing has been touched yet, and the run goes back.
 */
export async function takeBaseline(shop: Workshop, recorder: Recorder, run: RunState): Promise<void> {
  const secrets = run.secrets.filter((each) => each.state === "active").map((each) => each.secret);
  const retry = contextOf(shop).retry(secrets[0] ?? "");
  for (let attempt = 1; !shop.signal.aborted; attempt += 1) {
    const found = await settle(
      withDeadline(shop.clock, READ_MS, shop.signal, (signal) => readAll(shop, run, secrets, signal)),
    );
    if (found.ok) return journalBaselines(recorder, run, found.value, secrets);
    const { error } = found;
    const final = error.kind === "rejected" || error.kind === "invariant" || attempt >= retry.attempts;
    if (final && error.code !== "aborted") {
      await recorder.record({ type: "run-reverting", run: run.run, error: recordError(error) });
      return;
    }
    const backOffMs = Math.min(retry.firstMs * 2 ** (attempt - 1), retry.maxMs);
    await settle(shop.clock.sleep(error.retryAfterMs ?? backOffMs, shop.signal));
  }
}

async function readAll(
  shop: Workshop,
  run: RunState,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<readonly Baseline[]> {
  const consumers = await consumersOf(shop.wiring, secrets, signal, reachOf(run));
  const baselines: Baseline[] = [];
  for (const consumer of consumers) baselines.push(await sighted(consumer, signal));
  return baselines;
}

/** What it uses, and what of that shows from outside. */
async function sighted(consumer: Consumer, signal: AbortSignal): Promise<Baseline> {
  const baseline = await consumer.current(signal);
  const items: BaselineItem[] = [];
  for (const item of baseline.items) {
    const sightings = (await consumer.sight?.(item.secret, signal)) ?? {};
    items.push(Object.keys(sightings).length === 0 ? item : { ...item, sightings });
  }
  return { ...baseline, items };
}

async function journalBaselines(
  recorder: Recorder,
  run: RunState,
  found: readonly Baseline[],
  secrets: readonly string[],
): Promise<void> {
  const seal: SealOrder[] = [];
  const baselines: RecordedBaseline[] = found.map(({ consumer, items }) => ({
    consumer,
    items: items
      .filter((item) => secrets.includes(item.secret))
      .map(({ content, ...item }) => {
        if (content === undefined) return { ...item, sealedRow: null };
        const row = `baseline:${run.run}:${consumer}`;
        seal.push({ secret: item.secret, version: 0, row, material: content });
        return { ...item, sealedRow: row };
      }),
  }));
  await recorder.record({ type: "baseline-taken", run: run.run, baselines }, seal);
}
