/** Of issuers whose material we choose, and seal before it is used. */
import { expect } from "vitest";
import type { Issuer } from "../../../src/domain/ports.ts";
import type { Material } from "../../../src/domain/material.ts";
import type { IssuerCase } from "../describe-issuer.ts";
import { calm, failureOf, issue, marker, replacing } from "./scene.ts";

export const SUPPLIED_CASES: readonly IssuerCase[] = [
  {
    name: "chooses other material every time, and never an empty part",
    holdsAlone: true,
    async check({ issuer }) {
      const chosen: (readonly string[])[] = [];
      for (let time = 0; time < 50; time += 1) chosen.push(texts(await generated(issuer)));
      expect(new Set(chosen.map((each) => each.join("\n"))).size).toBe(50);
      expect(chosen.flat().filter((text) => text.endsWith("="))).toEqual([]);
    },
    saboteur: "repeats itself",
    sabotage: (issuer) => {
      const first = generated(issuer);
      return replacing(issuer, { generate: () => first });
    },
  },
  {
    name: "issues the very material that it was given, under its marker",
    holdsAlone: true,
    async check({ issuer }) {
      const material = await generated(issuer);
      const issued = await issuer.create({ marker: marker(1), material }, calm());
      expect(texts(issued.material)).toEqual(texts(material));
      expect(issued.credential.marker).toBe(marker(1));
    },
    saboteur: "chooses for itself once more",
    sabotage: (issuer) =>
      replacing(issuer, {
        create: async (order, signal) => ({
          ...(await issuer.create(order, signal)),
          material: await generated(issuer),
        }),
      }),
  },
  {
    name: "does nothing for a caller who has gone, and says that nothing happened",
    holdsAlone: true,
    async check({ issuer }) {
      const version = await issue(issuer, 1);
      const material = await generated(issuer);
      const gone = AbortSignal.abort();
      const calls = [
        () => issuer.create({ marker: marker(2), material }, gone),
        () => issuer.find(marker(1), gone),
        () => issuer.list(gone),
        () => issuer.verify(version, gone),
        () => issuer.revoke(version.credential, gone),
      ];
      for (const call of calls)
        expect(await failureOf(call)).toMatchObject({ code: "aborted", kind: "transient" });
    },
    saboteur: "does not listen",
    sabotage: (issuer) => replacing(issuer, { revoke: (ref) => issuer.revoke(ref, calm()) }),
  },
  {
    name: "does not verify a version whose material is not there",
    holdsAlone: true,
    async check({ issuer }) {
      const version = await issue(issuer, 1);
      const error = await failureOf(() => issuer.verify({ ...version, material: {} }, calm()));
      expect(error.kind).toBe("invariant");
    },
    saboteur: "verifies without looking",
    sabotage: (issuer) => replacing(issuer, { verify: async () => {} }),
  },
];

async function generated(issuer: Issuer): Promise<Material> {
  const material = await issuer.generate?.(calm());
  expect(material, "a kind with supplied material chooses it").toBeDefined();
  return material as Material;
}

function texts(material: Material): readonly string[] {
  return Object.entries(material).map(([part, value]) => `${part}=${value.reveal((text) => text)}`);
}
