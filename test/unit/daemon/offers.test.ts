/** Whether somebody else has renewed a certificate stands in no journal: the daemon has a worker look now and then. */
import { expect, it } from "vitest";
import { VirtualClock } from "../../crash/world/virtual-clock.ts";
import { Rota } from "../../../src/daemon/rota.ts";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/domain/time.ts";
import type { WorkRequest } from "../../../src/run/work.ts";

const of = (secret: string): SecretPolicy => ({
  secret,
  policy: {
    name: "p",
    maxAgeMs: null,
    cron: null,
    renewBefore: { share: 0.2 },
    timezone: "UTC",
    window: null,
    splayMs: 0,
    overlapMs: 0,
    keep: 2,
    retry: { attempts: 2, firstMs: 1, maxMs: 1 },
    allowGap: false,
  },
  labels: {},
  dependsOn: [],
  notWith: [],
  stores: [],
});

it("has those looked at whose versions others make, every five minutes, and after a new configuration", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 25));
  const asked: (readonly [minute: number, WorkRequest])[] = [];
  const began = clock.monotonicMs();
  const rota = new Rota({
    clock,
    log: { write: () => undefined, entry: () => undefined },
    journal: () => ({
      stamp: () => "always the same",
      read: (look) =>
        look({
          tables: { get: () => undefined, all: () => [], openRuns: () => [], sweepsOf: () => [] },
          history: () => [],
          run: () => undefined,
          newest: () => [],
        }),
    }),
    policies: () => [of("made here"), { ...of("web"), offers: true }],
    scans: () => [],
    ask: async (request) => {
      asked.push([(clock.monotonicMs() - began) / MINUTE_MS, request]);
      return {
        recovered: [],
        rotated: [],
        notDue: [],
        retired: [],
        adopted: [],
        sweeping: { left: 0, nextAt: null },
        alerts: [],
      };
    },
  });
  const minutes = async (count: number): Promise<void> => {
    for (let beat = 0; beat < count * 2; beat += 1) {
      rota.beat();
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(30 * SECOND_MS);
    }
  };
  await minutes(12);
  expect(asked.map(([minute]) => minute)).toEqual([0, 5, 10]);
  rota.forget();
  await minutes(1);
  expect(asked.map(([minute]) => minute)).toEqual([0, 5, 10, 12]);
  for (const [, request] of asked)
    expect(request).toMatchObject({ kind: "rotate", rotation: { secrets: ["web"], now: false } });
});
