/** What an issuer must do whose versions others make. */
import { expect } from "vitest";
import type { IssuerCase } from "../describe-issuer.ts";
import { calm, failureOf, issue, replacing } from "./scene.ts";

export const OFFER_CASES: readonly IssuerCase[] = [
  {
    name: "offers what is not current, and nothing once it is",
    holdsAlone: true,
    async check({ issuer, renew }) {
      expect(await issuer.offered?.(null, calm())).toMatchObject({ state: "waiting" });
      const first = await issue(issuer, 1);
      expect(await issuer.offered?.(first.credential, calm())).toEqual({ state: "none" });
      await renew?.();
      const offer = await issuer.offered?.(first.credential, calm());
      expect(offer).toMatchObject({ state: "waiting" });
      const second = await issue(issuer, 2);
      expect(offer).toMatchObject({ id: second.credential.id });
      expect(await issuer.offered?.(second.credential, calm())).toEqual({ state: "none" });
    },
    saboteur: "never has anything new",
    sabotage: (issuer) => replacing(issuer, { offered: async () => ({ state: "none" }) }),
  },
  {
    name: "takes nothing by looking: the same is offered until it is taken",
    holdsAlone: true,
    async check({ issuer, renew }) {
      const { credential } = await issue(issuer, 1);
      await renew?.();
      const offer = await issuer.offered?.(credential, calm());
      expect(await issuer.offered?.(credential, calm())).toEqual(offer);
      expect((await issue(issuer, 2)).credential.id).not.toBe(credential.id);
    },
    saboteur: "forgets what it has told",
    sabotage: (issuer) => {
      const told = new Set<string>();
      return replacing(issuer, {
        async offered(current, signal) {
          const offer = (await issuer.offered?.(current, signal)) ?? { state: "none" };
          if (offer.state !== "waiting") return offer;
          if (told.has(offer.id)) return { state: "none" };
          told.add(offer.id);
          return offer;
        },
      });
    },
  },
  {
    name: "does not look for a caller who has gone",
    holdsAlone: true,
    async check({ issuer }) {
      const error = await failureOf(async () => issuer.offered?.(null, AbortSignal.abort()));
      expect(error).toMatchObject({ code: "aborted" });
    },
    saboteur: "does not listen",
    sabotage: (issuer) =>
      replacing(issuer, {
        offered: async (current) => (await issuer.offered?.(current, calm())) ?? { state: "none" },
      }),
  },
];
