/**
 * The way back to version 0, which is whatever was there before keyturn. No store has a copy of it: each consumer
 * returns to what the run that promoted the first version had found there.
 */
import { RotationError } from "../domain/errors.ts";
import type { ConsumerId, Evidence } from "../domain/ports.ts";
import type { RunSecretState, RunState } from "../domain/state.ts";
import { SECOND_MS } from "../domain/time.ts";
import type { Marker, SecretName } from "../domain/version.ts";
import { consumerOf } from "./crew.ts";
import type { Workshop } from "./ports.ts";
import { baselineOf } from "./recorded-baseline.ts";
import { settle } from "./settle.ts";

const READ_AGAIN_MS = 2 * SECOND_MS;

/** Only a rollback has no new number to lead to, and it is of one secret. */
export function leadsToVersionZero(run: RunState): boolean {
  return run.secrets.some((each) => each.to === 0);
}

/** A consumer that never used the bad version, such as one that joined since, stays as it is. */
export async function bringBack(
  shop: Workshop,
  run: RunState,
  id: ConsumerId,
  signal: AbortSignal,
): Promise<void> {
  const { secret } = partOf(run);
  const firstRun = shop.journal.tables.get("secret", secret)?.firstRun ?? "";
  const first = shop.journal.tables.get("run", firstRun);
  const baseline = first === undefined ? null : baselineOf(shop, first, id);
  const consumer = await consumerOf(shop.wiring, [secret], id, signal);
  if (baseline?.items.some((item) => item.secret === secret) === true)
    return consumer.revert(baseline, [secret], signal);
  if (await uses(shop, run, id, signal)) throw neverSeen(id, secret);
}

/**
 * A revert resolves only when every replica is seen back, but no probe can tell that a process which was told to read
 * again has done so: it gets a moment before the bad version is revoked. Then nobody must have changed it since.
 */
export async function confirmGone(
  shop: Workshop,
  run: RunState,
  id: ConsumerId,
  signal: AbortSignal,
): Promise<Evidence> {
  await settle(shop.clock.sleep(READ_AGAIN_MS, signal));
  if (!(await uses(shop, run, id, signal))) return "converged";
  throw new RotationError("not-in-use", {
    kind: "rejected",
    subject: id,
    message: `${id} still uses version ${partOf(run).from}`,
    hint: "Look who changed it meanwhile.",
  });
}

/** Whether a consumer uses the version that is rolled back. */
async function uses(shop: Workshop, run: RunState, id: ConsumerId, signal: AbortSignal): Promise<boolean> {
  const { secret } = partOf(run);
  const { items } = await (await consumerOf(shop.wiring, [secret], id, signal)).current(signal);
  const held = items.find((item) => item.secret === secret)?.held;
  return held?.kind === "version" && held.ref.marker === badMarker(shop, run);
}

function badMarker(shop: Workshop, run: RunState): Marker | undefined {
  const { secret, from } = partOf(run);
  return shop.journal.tables.get("secret", secret)?.versions[String(from)]?.marker;
}

function partOf(run: RunState): RunSecretState {
  const [part] = run.secrets;
  if (part !== undefined) return part;
  throw new RotationError("internal", { kind: "invariant", message: `run ${run.run} is of no secret` });
}

function neverSeen(id: ConsumerId, secret: SecretName): RotationError {
  return new RotationError("nothing-to-roll-back", {
    kind: "rejected",
    subject: id,
    message: `${id} joined after the first rotation of ${secret}: what it should go back to is not known`,
    hint: `Let ${id} use what it should, then roll back again; or rotate ${secret} once more.`,
  });
}
