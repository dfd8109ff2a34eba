import type { MemoryJournal } from "./memory-journal.ts";
import type { World } from "./world.ts";

/** What a person does whom an alert tells that somebody uses a version which should go: all who use the secret are moved on. */
export function moveOn(world: World, journal: MemoryJournal, secret: string): void {
  const { current = null, versions = {} } = journal.tables.get("secret", secret) ?? {};
  const marker = versions[String(current)]?.marker;
  if (current !== null && current !== 0 && marker === undefined) return;
  const use =
    current === null || current === 0 || marker === undefined
      ? { foreign: `old-${secret}` }
      : useOf(world, { secret, version: current, marker });
  for (const { id } of world.consumers.using(secret)) world.consumers.meddle(id, secret, use);
}

function useOf(
  world: World,
  ref: { readonly secret: string; readonly version: number; readonly marker: string },
): { readonly ref: typeof ref; readonly value: string } {
  // A target that was added may not have it yet.
  const copy = world.stores.copyOf(ref);
  return { ref, value: copy.material["value"]?.reveal((text) => text) ?? "" };
}
