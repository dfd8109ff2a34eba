/** What an issuer tells `doctor`. */
import { expect } from "vitest";
import { proved } from "../../../src/domain/check.ts";
import type { IssuerCase } from "../describe-issuer.ts";
import { failedIn, inspected } from "../inspect.ts";
import { calm, marker, replacing } from "./scene.ts";

export const INSPECT_CASES: readonly IssuerCase[] = [
  {
    name: "looks at itself where all is well, and makes and removes nothing",
    async check({ issuer, live, addForeign, canaries }) {
      await addForeign();
      const before = await live();
      expect(failedIn(await inspected(issuer, canaries()))).toEqual([]);
      expect(await live()).toEqual(before);
    },
    saboteur: "makes one to see whether it may",
    sabotage: (issuer) =>
      replacing(issuer, {
        async inspect(around, signal) {
          await issuer.create({ marker: marker(9) }, calm());
          return (await issuer.inspect?.(around, signal)) ?? [];
        },
      }),
  },
  {
    name: "looks at itself without anyone to call",
    holdsAlone: true,
    async check({ issuer }) {
      expect(failedIn(await inspected(issuer))).toEqual([]);
    },
    saboteur: "cannot",
    sabotage: (issuer) => replacing(issuer, { inspect: () => Promise.reject(new Error("no")) }),
  },
  {
    name: "tells what it is refused as something that failed, and how to mend it",
    async check({ issuer, fail, canaries }) {
      fail("list", "refuses");
      expect(failedIn(await inspected(issuer, canaries())).length).toBeGreaterThan(0);
    },
    saboteur: "takes a refusal for an answer",
    sabotage: (issuer) => replacing(issuer, { inspect: async () => [proved("room", "there is room")] }),
  },
];
