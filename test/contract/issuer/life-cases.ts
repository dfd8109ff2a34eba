/** The life of a credential: made, found, proved, revoked. */
import { expect } from "vitest";
import { RotationError } from "../../../src/domain/errors.ts";
import type { Listed } from "../../../src/domain/ports.ts";
import type { IssuerCase } from "../describe-issuer.ts";
import { aged, calm, eventually, failureOf, garbled, issue, marker, patiently, replacing } from "./scene.ts";

export const LIFE_CASES: readonly IssuerCase[] = [
  {
    name: "finds exactly the credential that carries the marker",
    async check({ issuer }) {
      const first = await issue(issuer, 1);
      await issue(issuer, 11);
      const found = await eventually(
        () => issuer.find(marker(1), calm()),
        (refs) => refs.length > 0,
      );
      expect(found).toEqual([{ id: first.credential.id, marker: marker(1) }]);
      expect(await patiently(() => issuer.find(marker(2), calm()))).toEqual([]);
    },
    saboteur: "finds every marker that begins alike",
    sabotage: (issuer) =>
      replacing(issuer, {
        find: async (mark, signal) => {
          const all = await eventually(
            () => issuer.list(signal),
            (listed) => listed.length >= 2,
          );
          return all
            .filter((one) => one.marker?.startsWith(mark) === true)
            .map(({ id }) => ({ id, marker: mark }));
        },
      }),
  },
  {
    name: "lists ours with their marker and foreign ones without",
    async check({ issuer, addForeign }) {
      const foreign = await addForeign();
      const ours = await issue(issuer, 1);
      const both = (listed: readonly Listed[]): boolean =>
        [foreign, ours.credential.id].every((id) => listed.some((one) => one.id === id));
      const listed = await eventually(() => issuer.list(calm()), both);
      expect(listed.map(({ id, marker: mark }) => ({ id, marker: mark }))).toEqual(
        expect.arrayContaining([
          { id: foreign, marker: null },
          { id: ours.credential.id, marker: marker(1) },
        ]),
      );
    },
    saboteur: "hides foreign credentials",
    sabotage: (issuer) =>
      replacing(issuer, {
        list: async (signal) => (await issuer.list(signal)).filter((one) => one.marker !== null),
      }),
  },
  {
    name: "verifies the new version and the previous one while both live",
    holdsAlone: true,
    async check({ issuer }) {
      const previous = await issue(issuer, 1);
      const current = await issue(issuer, 2);
      await expect(patiently(() => issuer.verify(previous, calm()))).resolves.toBeUndefined();
      await expect(patiently(() => issuer.verify(current, calm()))).resolves.toBeUndefined();
      await expect(issuer.verify(previous, calm())).resolves.toBeUndefined();
    },
    saboteur: "ends the previous version when it makes a new one",
    sabotage: (issuer) => {
      const ended = new Set<string>();
      return replacing(issuer, {
        create: async (order, signal) => {
          const issued = await issuer.create(order, signal);
          for (const one of await issuer.list(signal)) if (one.id !== issued.credential.id) ended.add(one.id);
          if (order.marker !== marker(1)) ended.add("all before");
          return issued;
        },
        verify: async (version, signal) => {
          if (ended.has("all before") && version.ref.version === 1) throw refused();
          return issuer.verify(version, signal);
        },
      });
    },
  },
  {
    name: "refuses material that was never issued, once it could have settled",
    async check({ issuer }) {
      const version = await issue(issuer, 1);
      const error = await failureOf(() => issuer.verify(aged(garbled(version)), calm()));
      expect(error).toMatchObject({ kind: "rejected", code: "credential-refused" });
    },
    saboteur: "verifies without trying",
    sabotage: (issuer) => replacing(issuer, { verify: async () => {} }),
  },
  {
    name: "calls the refusal of a young version not settled, with a time to look again",
    async check({ issuer }) {
      const version = await issue(issuer, 1);
      const error = await failureOf(() => issuer.verify(garbled(version), calm()));
      expect(error).toMatchObject({ kind: "transient", code: "not-settled" });
      expect(error.retryAfterMs ?? 0).toBeGreaterThan(0);
    },
    saboteur: "gives a young version up at once",
    sabotage: (issuer) =>
      replacing(issuer, { verify: (version, signal) => issuer.verify(aged(version), signal) }),
  },
  {
    name: "no longer verifies what is revoked, even if it did before",
    async check({ issuer }) {
      const version = await issue(issuer, 1);
      await patiently(() => issuer.verify(version, calm()));
      await patiently(() => issuer.revoke(version.credential, calm()));
      const verdict = await eventually(
        () => verdictOf(issuer.verify(aged(version), calm())),
        (it) => it !== "accepted",
      );
      expect(verdict).toBe("rejected");
    },
    saboteur: "remembers what it verified",
    sabotage: (issuer) => {
      const proved = new Set<string>();
      return replacing(issuer, {
        verify: async (version, signal) => {
          if (proved.has(version.credential.id)) return;
          await issuer.verify(version, signal);
          proved.add(version.credential.id);
        },
      });
    },
  },
  {
    name: "resolves when it revokes again what is gone",
    holdsAlone: true,
    async check({ issuer, live }) {
      const { credential } = await issue(issuer, 1);
      await patiently(() => issuer.revoke(credential, calm()));
      expect(await live()).not.toContain(credential.id);
      await expect(patiently(() => issuer.revoke(credential, calm()))).resolves.toBeUndefined();
    },
    saboteur: "fails when there is nothing to revoke",
    sabotage: (issuer) => {
      const gone = new Set<string>();
      return replacing(issuer, {
        revoke: async (ref, signal) => {
          if (gone.has(ref.id)) throw refused();
          await issuer.revoke(ref, signal);
          gone.add(ref.id);
        },
      });
    },
  },
  {
    name: "revokes as well when sessions are to end with it, again and again",
    holdsAlone: true,
    async check({ issuer, live }) {
      const { credential } = await issue(issuer, 1);
      const cutOff = () => issuer.revoke(credential, calm(), { endSessions: true });
      await expect(patiently(cutOff)).resolves.toBeUndefined();
      expect(await live()).not.toContain(credential.id);
      await expect(patiently(cutOff)).resolves.toBeUndefined();
    },
    saboteur: "revokes only where sessions may go on",
    sabotage: (issuer) =>
      replacing(issuer, {
        revoke: async (ref, signal, manner) => {
          if (manner?.endSessions === true) throw refused();
          await issuer.revoke(ref, signal);
        },
      }),
  },
  {
    name: "revokes the one and leaves every other, foreign ones too",
    async check({ issuer, live, addForeign }) {
      const foreign = await addForeign();
      const [one, other] = [await issue(issuer, 1), await issue(issuer, 2)];
      await patiently(() => issuer.revoke(one.credential, calm()));
      expect([...(await live())].sort()).toEqual([foreign, other.credential.id].sort());
    },
    saboteur: "clears away all that it sees",
    sabotage: (issuer) =>
      replacing(issuer, {
        revoke: async (ref, signal) => {
          const all = await eventually(
            () => issuer.list(signal),
            (listed) => listed.length >= 3,
          );
          for (const one of [...all, ref]) await patiently(() => issuer.revoke(one, signal));
        },
      }),
  },
];

function refused(): RotationError {
  return new RotationError("credential-refused", { kind: "rejected", message: "sabotaged" });
}

async function verdictOf(verifying: Promise<void>): Promise<string> {
  return verifying.then(
    () => "accepted",
    (error: unknown) => (error instanceof RotationError ? error.kind : "no RotationError"),
  );
}
