/** A forecast is worth nothing unless it comes true: each one is compared with what the worker then does. */
import { describe, expect, test } from "vitest";
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";
import type { Forecast } from "../../../src/run/forecast.ts";
import type { RotationRequest } from "../../../src/run/work.ts";
import { Game, type GameOptions } from "../../crash/world/game.ts";

const PAIR = { a: ["x", "y"], b: ["x"], c: ["z"] } as const;
const BY_HAND = { services: { a: ["x"] }, byHand: ["x"] } as const;
const ADOPT = { x: ["old-x"] } as const;
const THURSDAY_NIGHT = { days: ["thu"], fromMinute: 120, toMinute: 300 } as const;

interface Situation {
  readonly name: string;
  readonly request: Partial<RotationRequest>;
  readonly game?: Partial<GameOptions>;
  before?(game: Game): Promise<unknown>;
  readonly foreseen: { readonly runs: number; readonly refused: readonly string[]; readonly retired: number };
}

const rotated = (game: Game): Promise<unknown> => game.work({ outsideWindow: true }, []);
const rotatedTwice = async (game: Game): Promise<unknown> => {
  await rotated(game);
  game.clock.advance(HOUR_MS);
  return rotated(game);
};
const after = (waitMs: number, before: (game: Game) => Promise<unknown>) => async (game: Game) => {
  await before(game);
  game.clock.advance(waitMs);
};

const withoutPerson = (waitMs: number, before: (game: Game) => Promise<unknown>) => async (game: Game) => {
  await after(waitMs, before)(game);
  game.personAway = true;
};

const rotatedApart = async (game: Game): Promise<unknown> => {
  await rotated(game);
  game.clock.advance(2 * DAY_MS);
  return game.work({ secrets: ["y", "z"], revokeNow: true }, []);
};

const SITUATIONS: readonly Situation[] = [
  {
    name: "first rotations; who shares a consumer shares a run",
    request: { now: true },
    foreseen: { runs: 2, refused: [], retired: 0 },
  },
  {
    name: "who depends on another shares its run",
    request: { now: true },
    game: { dependsOn: { z: ["x"] } },
    foreseen: { runs: 1, refused: [], retired: 0 },
  },
  {
    name: "nothing is due",
    request: { now: false },
    before: after(DAY_MS, rotated),
    foreseen: { runs: 0, refused: [], retired: 0 },
  },
  {
    name: "due by age, and the overlaps of last time are over",
    request: { now: false },
    before: after(91 * DAY_MS, rotatedTwice),
    foreseen: { runs: 2, refused: [], retired: 3 },
  },
  {
    name: "the previous versions are still alive",
    request: { now: true },
    before: rotatedTwice,
    foreseen: { runs: 0, refused: ["overlap-open", "overlap-open", "overlap-open"], retired: 0 },
  },
  {
    name: "the previous versions are still alive, and nobody needs them",
    request: { now: true, revokeNow: true, secrets: ["z", "x"] },
    before: rotatedTwice,
    foreseen: { runs: 2, refused: [], retired: 0 },
  },
  {
    name: "the window is closed for what is due",
    request: { now: false },
    game: { policy: { window: THURSDAY_NIGHT } },
    before: after(91 * DAY_MS, rotated),
    foreseen: { runs: 2, refused: [], retired: 0 },
  },
  {
    name: "the window is closed for what is asked for",
    request: { now: true, secrets: ["z"] },
    game: { policy: { window: THURSDAY_NIGHT } },
    foreseen: { runs: 0, refused: ["outside-window"], retired: 0 },
  },
  {
    name: "the window is ignored",
    request: { now: true, outsideWindow: true },
    game: { policy: { window: THURSDAY_NIGHT } },
    foreseen: { runs: 2, refused: [], retired: 0 },
  },
  {
    name: "a person gives a value while the window is closed",
    request: { now: false },
    game: { world: BY_HAND, policy: { window: THURSDAY_NIGHT } },
    foreseen: { runs: 1, refused: [], retired: 0 },
  },
  {
    name: "a value is due, and nobody gives one",
    request: { now: false },
    game: { world: BY_HAND },
    before: withoutPerson(91 * DAY_MS, rotated),
    foreseen: { runs: 0, refused: ["value-needed"], retired: 0 },
  },
  {
    name: "what only a person can revoke is still alive",
    request: { now: true, revokeNow: true },
    game: { world: BY_HAND },
    before: rotatedTwice,
    foreseen: { runs: 0, refused: ["revoke-by-hand"], retired: 0 },
  },
  {
    name: "what only a person can revoke has outlived its overlap",
    request: { now: true },
    game: { world: BY_HAND },
    before: after(2 * DAY_MS, rotatedTwice),
    foreseen: { runs: 0, refused: ["overlap-open"], retired: 0 },
  },
  {
    name: "a target was added to one, and the other, which shares its consumer, is due",
    request: { now: false },
    game: {
      world: {
        services: { a: ["x"], n: ["x", "y"] },
        stores: { x: ["one"] },
        readers: { one: ["a"], two: ["n"] },
      },
    },
    before: async (game) => {
      await rotated(game);
      game.clock.advance(60 * DAY_MS);
      await game.work({ secrets: ["x"] }, []);
      game.world.options = { ...game.world.options, stores: { x: ["one", "two"] } };
      game.clock.advance(31 * DAY_MS);
    },
    foreseen: { runs: 1, refused: [], retired: 1 },
  },
  {
    name: "two are due that must not rotate in the same window",
    request: { now: false },
    game: { notWith: { x: ["y"], y: ["x"] } },
    before: after(91 * DAY_MS, rotatedApart),
    foreseen: { runs: 2, refused: [], retired: 0 },
  },
  {
    name: "two are asked for that must not rotate in the same window",
    request: { now: true },
    game: { notWith: { x: ["y"], y: ["x"] } },
    foreseen: { runs: 2, refused: ["not-together"], retired: 0 },
  },
  {
    name: "an adopted secret is due by its age",
    request: { now: false },
    game: { world: { services: PAIR, adopt: ADOPT } },
    foreseen: { runs: 1, refused: [], retired: 0 },
  },
  {
    name: "names are added once a version is in use",
    request: { now: true, secrets: ["x"] },
    game: { world: { services: PAIR } },
    before: after(DAY_MS, async (game) => {
      await rotated(game);
      game.world.options = { ...game.world.options, adopt: ADOPT };
    }),
    foreseen: { runs: 0, refused: ["overlap-open"], retired: 0 },
  },
  {
    name: "names are added once a version is in use, and nobody needs what they name",
    request: { now: true, secrets: ["x"], revokeNow: true },
    game: { world: { services: PAIR } },
    before: after(DAY_MS, async (game) => {
      await rotated(game);
      game.world.options = { ...game.world.options, adopt: ADOPT };
    }),
    foreseen: { runs: 1, refused: [], retired: 0 },
  },
  {
    name: "the overlap of what was adopted is over",
    request: { now: true, secrets: ["x"] },
    game: { world: { services: PAIR, adopt: ADOPT } },
    before: after(2 * DAY_MS, rotated),
    foreseen: { runs: 1, refused: [], retired: 1 },
  },
  {
    name: "names are taken back before that",
    request: { now: true, secrets: ["x"] },
    game: { world: { services: PAIR, adopt: ADOPT } },
    before: after(2 * DAY_MS, async (game) => {
      await rotated(game);
      game.world.options = { ...game.world.options, adopt: {} };
    }),
    foreseen: { runs: 1, refused: [], retired: 0 },
  },
  {
    name: "one name is no credential",
    request: { now: true, secrets: ["x"] },
    game: { world: { services: PAIR, adopt: { x: ["old-x", "nobody"] } } },
    foreseen: { runs: 1, refused: [], retired: 0 },
  },
  {
    name: "one issuer refuses to answer",
    request: { now: true },
    game: { world: { services: PAIR, broken: { "list z": "rejected" } } },
    foreseen: { runs: 1, refused: ["unexpected-answer"], retired: 0 },
  },
];

async function play({ game: options, before }: Situation): Promise<Game> {
  const game = new Game({ world: { services: PAIR }, ...options });
  await before?.(game);
  return game;
}

/** What the worker did with the request, told as the forecast tells it. */
async function carriedOut(game: Game, request: Partial<RotationRequest>) {
  const records: JournalRecord[] = [];
  game.onRecord = (record) => void records.push(record);
  await game.work({ ...request }, []);
  const began = records.findIndex((record) => record.type === "run-started");
  const first = began < 0 ? records : records.slice(0, began);
  return {
    runs: records.filter((record) => record.type === "run-started"),
    retired: first.flatMap((record) =>
      record.type === "outcome" && record.step === "retire" && record.result === "done"
        ? [record.subject]
        : [],
    ),
    adopted: records.flatMap((record) =>
      record.type === "adopted"
        ? [{ secret: record.secret, ids: record.credentials.map(({ id }) => id) }]
        : [],
    ),
    parkedUntil: records.flatMap((record) => (record.type === "run-parked" ? [record.until] : [])),
  };
}

function runsOf(forecast: Forecast) {
  return forecast.runs.map(({ secrets, consumers, windowIgnored }) => ({
    secrets: secrets.map(({ secret, from, to, reason }) => ({ secret, from, to, reason })),
    consumers,
    windowIgnored,
  }));
}

describe.each(SITUATIONS)("$name", (situation) => {
  test("what was foreseen is what the worker then does", async () => {
    const game = await play(situation);
    const forecast = await game.plan(situation.request);
    expect({
      runs: forecast.runs.length,
      refused: forecast.refused.map(({ error }) => error.code),
      retired: forecast.retired.length,
    }).toEqual(situation.foreseen);

    const done = await carriedOut(game, situation.request);
    expect(
      done.runs.map(({ secrets, consumers, windowIgnored }) => ({
        secrets: secrets.map(({ secret, from, to, reason }) => ({ secret, from, to, reason })),
        consumers,
        windowIgnored,
      })),
    ).toEqual(runsOf(forecast));
    const retiredFirst = forecast.runs.flatMap((run) =>
      run.secrets.flatMap(({ secret, retiresFirst }) => (retiresFirst === null ? [] : [secret])),
    );
    expect(done.retired.toSorted()).toEqual(
      [...forecast.retired.map(({ secret }) => secret), ...retiredFirst].toSorted(),
    );
    expect(done.adopted).toEqual(
      forecast.adopted.map(({ secret, credentials }) => ({ secret, ids: credentials.map(({ id }) => id) })),
    );
    expect(done.parkedUntil).toEqual(forecast.runs.flatMap(({ opensAt }) => opensAt ?? []));
    expect(game.world.violations).toEqual([]);
  });

  test("nothing is written anywhere", async () => {
    const game = await play(situation);
    const journal = JSON.stringify(game.journal.entries);
    const tables = JSON.stringify([game.journal.tables.all("secret"), game.journal.tables.all("run")]);
    const { mutations } = game.world;
    await game.plan(situation.request);
    expect(JSON.stringify(game.journal.entries)).toBe(journal);
    expect(JSON.stringify([game.journal.tables.all("secret"), game.journal.tables.all("run")])).toBe(tables);
    expect(game.world.mutations).toBe(mutations);
  });
});

test("the count of mutations would show a write", async () => {
  const game = new Game({ world: { services: PAIR } });
  await rotated(game);
  expect(game.world.mutations).toBeGreaterThan(0);
});

test("a run that waits for its window is told as what is recovered first, and refuses its secrets", async () => {
  const game = new Game({ world: { services: PAIR }, policy: { window: THURSDAY_NIGHT } });
  await rotated(game);
  game.clock.advance(91 * DAY_MS);
  await game.work({ now: false, secrets: ["z"] }, []);
  const forecast = await game.plan({ now: false, secrets: ["z"] });
  expect(forecast.recovered).toEqual([{ run: "r3", secrets: ["z"] }]);
  expect(forecast.refused).toMatchObject([{ secret: "z", reason: "age", from: 1 }]);
});

test("a secret that nobody reads, and evidence that no probe gives, are warned of", async () => {
  const game = new Game({ world: { services: PAIR } });
  game.world.consumers.services.delete("c");
  const { runs } = await game.plan({ now: true });
  expect(runs.map(({ warnings }) => warnings)).toEqual([
    [expect.stringMatching(/^x has no probe/), expect.stringMatching(/^y has no probe/)],
    [expect.stringMatching(/^z has no consumer/)],
  ]);
});

test("how long the previous version lives on is told, and what is found at the issuer", async () => {
  const game = new Game({ world: { services: PAIR } });
  await rotated(game);
  game.clock.advance(MINUTE_MS);
  const [run] = (await game.plan({ now: true, secrets: ["z"] })).runs;
  expect(run?.secrets).toMatchObject([
    { from: 1, to: 2, overlapMs: DAY_MS, foreign: [{ id: "old-z" }, { id: "another-z" }] },
  ]);
  const [hasty] = (await game.plan({ now: true, secrets: ["z"], revokeNow: true })).runs;
  expect(hasty?.secrets).toMatchObject([{ overlapMs: 0 }]);
});
