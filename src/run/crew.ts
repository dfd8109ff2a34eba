import { RotationError } from "../domain/errors.ts";
import type { Consumer, ConsumerId, Store, StoreId, Target } from "../domain/ports.ts";
import type { RunState } from "../domain/state.ts";
import type { Marker, SecretName } from "../domain/version.ts";
import type { Wiring } from "./ports.ts";

/** Which stores of a secret are looked at. */
export type Reach = (secret: SecretName, store: StoreId) => boolean;

/** A run switches those who read from the stores that it delivers to, and nobody else. */
export function reachOf(run: Pick<RunState, "secrets">): Reach {
  const stores = new Map(run.secrets.map((each) => [each.secret, each.stores]));
  return (secret, store) => stores.get(secret)?.includes(store) === true;
}

/** Everyone who reads one of these secrets, read afresh; consumers of equal id are joined over secrets and targets. */
export async function consumersOf(
  wiring: Wiring,
  secrets: readonly SecretName[],
  signal: AbortSignal,
  reach: Reach = () => true,
): Promise<readonly Consumer[]> {
  const joined = new Map<ConsumerId, Consumer>();
  for (const secret of secrets) {
    for (const target of await wiring.targets(secret)) {
      if (!reach(secret, target.store.id)) continue;
      for (const consumer of await target.consumers(signal)) {
        const before = joined.get(consumer.id);
        joined.set(consumer.id, before === undefined ? consumer : before.join(consumer));
      }
    }
  }
  return [...joined.values()];
}

/** A consumer that uses the version of this marker now, if there is one: whoever revokes it would cut that one off. */
export async function userOf(
  wiring: Wiring,
  secret: SecretName,
  marker: Marker,
  signal: AbortSignal,
  reach?: Reach,
): Promise<ConsumerId | null> {
  for (const consumer of await consumersOf(wiring, [secret], signal, reach)) {
    const { items } = await consumer.current(signal);
    if (items.some(({ held }) => held.kind === "version" && held.ref.marker === marker)) return consumer.id;
  }
  return null;
}

/** One consumer by id. That it cannot be found is never taken for "it is gone": the configuration may have changed. */
export async function consumerOf(
  wiring: Wiring,
  secrets: readonly SecretName[],
  id: ConsumerId,
  signal: AbortSignal,
  reach?: Reach,
): Promise<Consumer> {
  const found = (await consumersOf(wiring, secrets, signal, reach)).find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new RotationError("secret-unconfigured", {
    kind: "rejected",
    subject: id,
    message: `${id} is part of this run, and the configuration does not lead to it any more`,
    hint: "Put the target back into the configuration until the run is over, or make sure that the consumer exists.",
  });
}

export async function storeOf(wiring: Wiring, secret: SecretName, id: StoreId): Promise<Store> {
  const target = (await wiring.targets(secret)).find((each: Target) => each.store.id === id);
  if (target !== undefined) return target.store;
  throw new RotationError("secret-unconfigured", {
    kind: "rejected",
    subject: id,
    message: `the store ${id} of ${secret} is not in the configuration any more`,
    hint: "Put the target back into the configuration until keyturn has cleaned up.",
  });
}
