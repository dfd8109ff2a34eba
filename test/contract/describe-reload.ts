/**
 * What every reload must do. A kind's test gives a world with a process in it, which tells how often it was made to read
 * its files again. Each case comes with a saboteur, a broken reload that the case must catch.
 */
import { describe, expect, it } from "vitest";
import { RELOAD_CASES } from "./reload/cases.ts";
import type { Reload } from "../../src/domain/ports.ts";

export interface ReloadWorld {
  /** The reload of the process under test, connected as the program does it. */
  connect(): Promise<Reload>;
  /** Another process's, of the same kind. */
  connectOther(): Promise<Reload>;
  /** How often the process was made to read again, once all that was sent has arrived. */
  count(): Promise<number>;
  /** How often anybody else was: always 0. */
  bystanders(): Promise<number>;
  /** From now on the reload cannot work. */
  breakProcess(): Promise<void>;
  /** The code that it then fails with. */
  readonly brokenCode: "process-not-running" | "reload-failed" | "service-not-found";
  /** Text that must not appear in an error. */
  readonly canary: string;
  close(): Promise<void>;
}

export interface ReloadCase {
  readonly name: string;
  check(world: ReloadWorld): Promise<void>;
  /** What the broken one does. */
  readonly saboteur: string;
  sabotage(reload: Reload): Reload;
}

export function describeReload(name: string, start: () => Promise<ReloadWorld>): void {
  describe(`reload contract: ${name}`, () => {
    for (const one of RELOAD_CASES) {
      it(one.name, () => inWorld(start, (world) => one.check(world)));
      it(`would catch one that ${one.saboteur}`, () =>
        inWorld(start, async (world) => {
          const connect = async (): Promise<Reload> => one.sabotage(await world.connect());
          const connectOther = async (): Promise<Reload> => one.sabotage(await world.connectOther());
          const outcome = one.check({ ...world, connect, connectOther }).then(
            () => "not caught",
            () => "caught",
          );
          expect(await outcome).toBe("caught");
        }));
    }
  });
}

async function inWorld(
  start: () => Promise<ReloadWorld>,
  use: (world: ReloadWorld) => Promise<void>,
): Promise<void> {
  const world = await start();
  try {
    await use(world);
  } finally {
    await world.close();
  }
}
