import { readFile } from "node:fs/promises";

/** Bits of capabilities(7). */
const BITS = { CHOWN: 0n, FOWNER: 3n, KILL: 5n } as const;

/** Whether this process has all of these in effect; root has them unless they were taken away. false where nobody says. */
export async function hasCapabilities(...names: readonly (keyof typeof BITS)[]): Promise<boolean> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (mask === undefined) return process.geteuid?.() === 0;
  return names.every((name) => ((BigInt(`0x${mask}`) >> BITS[name]) & 1n) === 1n);
}
