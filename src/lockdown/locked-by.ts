import type { LockdownState } from "../domain/state.ts";
import type { Workshop } from "../run/ports.ts";

/** The lockdown of this scope that is not lifted. */
export function lockedBy(shop: Pick<Workshop, "journal">, scope: string): LockdownState | undefined {
  return shop.journal.tables.all("lockdown").find((each) => each.scope === scope && each.phase !== "lifted");
}
