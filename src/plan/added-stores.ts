import type { SecretPolicy } from "../domain/policy.ts";
import type { StoreId } from "../domain/ports.ts";
import type { SecretState } from "../domain/state.ts";

/**
 * Stores that the configuration has and the current version was never brought to. None when the journal has no material
 * to bring there: version 0 is not keyturn's.
 */
export function addedStores(secret: SecretState, { stores }: SecretPolicy): readonly StoreId[] {
  const current = secret.versions[String(secret.current)];
  if (current === undefined || current.version === 0 || current.erased) return [];
  return stores.filter((id) => !current.stores.includes(id));
}
