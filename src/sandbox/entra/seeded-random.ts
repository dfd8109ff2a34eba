/** Random choices that a seed repeats. */
export interface Random {
  /** From 0 up to but not including 1. */
  next(): number;
  between(range: Range): number;
  pick<T>(items: readonly T[]): T;
  /** Version-4 form, so that it passes for a real id. */
  guid(): string;
}

export type Range = readonly [from: number, to: number];

/** Mulberry32 (Tommy Ettinger, public domain): small, quick and even enough for a stand-in. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("");
  return {
    next,
    between: ([from, to]) => from + next() * (to - from),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    guid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}
