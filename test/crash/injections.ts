import type { Fault, Injection } from "./world/points.ts";

/** Every fault that makes sense at a point, by the point's name. */
export function faultsAt(name: string): readonly Fault[] {
  if (name.startsWith("append") || name.startsWith("audit"))
    return name.endsWith(":after") ? ["kill"] : ["kill", "full"];
  if (name.endsWith(":after")) return ["kill", "lost-answer"];
  return ["kill", "kill-late", "transient", "rejected", "lost-late"];
}

/** One injection at each point, with each fault that makes sense there. */
export function singles(names: readonly string[]): readonly Injection[] {
  return names.flatMap((name, index) => faultsAt(name).map((fault) => ({ point: index + 1, fault })));
}

/** A small generator (mulberry32), so that a printed seed replays the same choice. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
