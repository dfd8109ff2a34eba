/** What becomes true only when something has gone on for a while. */
import { expect } from "vitest";
import { toldBy } from "../../e2e/world/start-keyturn.ts";
import type { JobWorld } from "./start-job.ts";

const TRIES = 5;

/** Everybody who had the secret could always sign in, up to now and with what is held now. */
export async function signedInAlways({ consumer: { watch } }: JobWorld): Promise<void> {
  const { tried } = watch.counts;
  while (watch.counts.tried < tried + 4) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(watch.counts.failed).toBe(0);
}

/** The overlap is over; where the tenant fails, a later worker tries again. */
export async function untilRetired(world: JobWorld, version: number): Promise<void> {
  world.advance(3_000);
  for (let n = 0; n < TRIES; n += 1) {
    const told = toldBy(await world.keyturn(n === 0 ? "rotate" : "recover", "--json"));
    if (told.some((line) => line.type === "retired" && line.version === version)) return;
  }
  throw new Error(`version ${version} was not retired in ${TRIES} attempts`);
}
