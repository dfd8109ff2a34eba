/**
 * Whatever comes after whatever: rotations, faults, time, services that join, secrets that leave the configuration and
 * come back. fast-check prints the seed and the shortest sequence that breaks an invariant.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/domain/time.ts";
import { auditRecords, auditRetired } from "./world/audit.ts";
import { Game } from "./world/game.ts";
import { moveOn } from "./world/move-on.ts";
import type { WorldOptions } from "./world/options.ts";
import type { Fault, Injection } from "./world/points.ts";

/** How many scheduled steps are played: calls of ports and appends to the journal, each with a point before and after it. */
const STEPS = Number(process.env["CRASH_STEPS"] ?? 1_000_000);
const SEQUENCES_AT_ONCE = 50;
const SEED = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const SECRETS = ["x", "y", "z"] as const;
const SERVICES = { a: ["x", "y"], b: ["y", "z"], c: ["z"] } as const;
const FORGOTTEN = { x: ["forgotten-x"], y: ["forgotten-y"] } as const;
const KIND: WorldOptions = {
  services: SERVICES,
  forgotten: FORGOTTEN,
  readLagMs: 10_000,
  settleMs: 5_000,
  supplied: ["z"],
};
const FAULTS: readonly Fault[] = [
  "kill",
  "kill-late",
  "transient",
  "rejected",
  "lost-answer",
  "lost-late",
  "full",
];
/** More points than one process has, so that a fault can also miss. */
const POINTS = 250;
const BREAKABLE = [
  "create x",
  "verify y",
  "deliver z@store:z",
  "activate b",
  "confirm a",
  "confirm c",
  "revert a",
  "revoke x",
];

type Command =
  | {
      readonly does: "rotate";
      readonly secrets: readonly string[];
      readonly revokeNow: boolean;
      readonly faults: readonly Injection[];
    }
  | { readonly does: "roll back"; readonly secret: string; readonly faults: readonly Injection[] }
  | { readonly does: "recover"; readonly faults: readonly Injection[] }
  | { readonly does: "wait"; readonly ms: number }
  | { readonly does: "join"; readonly like: string }
  | { readonly does: "configure"; readonly without: readonly string[] }
  | { readonly does: "adopt"; readonly names: NonNullable<WorldOptions["adopt"]> }
  | { readonly does: "add target"; readonly secret: string }
  | { readonly does: "break"; readonly what: readonly string[]; readonly kind: "rejected" | "transient" };

const faults = fc.array(
  fc.record({ point: fc.integer({ min: 1, max: POINTS }), fault: fc.constantFrom(...FAULTS) }),
  {
    maxLength: 2,
  },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: rotates() },
  { weight: 2, arbitrary: rollsBack() },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("recover"), faults }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("wait"), ms: waits() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("join"), like: fc.constantFrom("a", "b", "c") }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("configure"), without: fc.subarray([...SECRETS]) }) },
  { weight: 1, arbitrary: adopts() },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant("add target"), secret: fc.constantFrom(...SECRETS) }),
  },
  { weight: 1, arbitrary: breaks() },
);

function rotates(): fc.Arbitrary<Command> {
  const secrets = fc.subarray([...SECRETS], { minLength: 1 });
  return fc.record({ does: fc.constant("rotate"), secrets, revokeNow: fc.boolean(), faults });
}

function rollsBack(): fc.Arbitrary<Command> {
  return fc.record({ does: fc.constant("roll back"), secret: fc.constantFrom(...SECRETS), faults });
}

function waits(): fc.Arbitrary<number> {
  return fc.constantFrom(20 * SECOND_MS, 2 * MINUTE_MS, HOUR_MS, DAY_MS + HOUR_MS, 3 * DAY_MS);
}

/** What is in use, what nobody knows of, and what is not there. */
function adopts(): fc.Arbitrary<Command> {
  const names = fc.record({
    x: fc.subarray(["old-x", "forgotten-x", "nobody's"]),
    y: fc.subarray(["old-y", "forgotten-y"]),
  });
  return fc.record({ does: fc.constant("adopt"), names });
}

function breaks(): fc.Arbitrary<Command> {
  const what = fc.subarray(BREAKABLE, { maxLength: 2 });
  return fc.record({ does: fc.constant("break"), what, kind: fc.constantFrom("rejected", "transient") });
}

async function carryOut(game: Game, command: Command): Promise<void> {
  const { world, clock } = game;
  switch (command.does) {
    case "rotate": {
      const secrets = command.secrets.filter((each) => !game.unconfigured.includes(each));
      await game.work({ secrets, revokeNow: command.revokeNow }, command.faults);
      break;
    }
    case "roll back":
      if (!game.unconfigured.includes(command.secret)) await game.rollBack(command.secret, command.faults);
      break;
    case "recover":
      await game.work(null, command.faults);
      break;
    case "wait":
      clock.advance(command.ms);
      break;
    case "join":
      world.consumers.add(`late-${world.consumers.services.size}`, world.consumers.get(command.like).uses);
      break;
    case "configure":
      game.unconfigured = command.without;
      break;
    case "adopt":
      world.options = { ...world.options, adopt: command.names };
      break;
    case "add target":
      world.options = { ...world.options, stores: withTarget(world.options.stores, command.secret) };
      break;
    case "break":
      world.options = {
        ...world.options,
        broken: Object.fromEntries(command.what.map((each) => [each, command.kind])),
      };
  }
  world.landDue();
  world.check(command.does);
}

function withTarget(stores: WorldOptions["stores"], secret: string): NonNullable<WorldOptions["stores"]> {
  return { ...stores, [secret]: [`store:${secret}`, `added:${secret}`] };
}

/** A service that joined late keeps a previous version alive, and the next rotation waiting, until a person moves it on. */
function followAlerts({ world, journal }: Game): void {
  for (const { secret, retireError } of journal.tables.all("secret"))
    if (retireError !== null) moveOn(world, journal, secret);
}

/** Everything is repaired: what can end ends, and a last rotation takes everyone along. */
async function comeToRest(game: Game): Promise<void> {
  game.unconfigured = [];
  const { adopt = {}, stores = {} } = game.world.options;
  game.world.options = { ...KIND, adopt, stores };
  for (let round = 0; round < 2; round += 1) {
    for (let wait = 0; wait < 12; wait += 1) {
      await game.work(null, []);
      game.clock.advance(30 * MINUTE_MS);
    }
    followAlerts(game);
    await game.work({}, []);
    game.clock.advance(2 * DAY_MS);
  }
  await game.settle([], () => auditRetired(game.world, game.journal).length === 0);
}

const LONG_MS = 3_600_000;

it(
  `any sequence keeps the invariants through ${STEPS} steps (CRASH_SEED=${SEED})`,
  { timeout: LONG_MS },
  async () => {
    let steps = 0;
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 2, maxLength: 12 }),
      async (commands) => {
        const game = new Game({ world: KIND });
        for (const each of commands) await carryOut(game, each);
        await comeToRest(game);
        steps += game.steps;
        const records = game.journal.entries.map((entry) => entry.record);
        expect([...new Set([...game.world.violations, ...auditRecords(records)])]).toEqual([]);
      },
    );
    for (let seed = SEED; steps < STEPS; seed += 1)
      await fc.assert(property, { seed, numRuns: SEQUENCES_AT_ONCE });
  },
);
