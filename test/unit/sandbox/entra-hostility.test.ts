import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished, expect, it } from "vitest";
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import { HOSTILE } from "../../../src/sandbox/entra/faults.ts";
import { Directory, type Application } from "../../../src/sandbox/entra/directory.ts";
import { seededRandom } from "../../../src/sandbox/entra/seeded-random.ts";
import { startEntraWorld, type EntraWorld, type EntraWorldOptions } from "../../contract/entra-world.ts";

const signal = new AbortController().signal;
const LAGS = {
  replicas: 3,
  signIn: [100, 1_000],
  signInRemoval: [0, 0],
  read: [0, 500],
  youngMs: 100,
} as const;

async function world(options: EntraWorldOptions): Promise<EntraWorld> {
  const started = await startEntraWorld(options);
  onTestFinished(() => started.close());
  return started;
}

function application(): Application {
  const ids = { objectId: "object", appId: "app", displayName: "", audience: "AzureADMyOrg" } as const;
  return { ...ids, owners: [], maxLifetimeMs: null, certificates: [], roles: [], credentials: [] };
}

/** What sign-ins and reads see of a credential that is born at 0, every 10 ms. */
function history(seed: number): string {
  const directory = new Directory(seededRandom(seed), LAGS);
  const app = application();
  const { secretText } = directory.addCredential(app, { displayName: null, startAt: 0, endAt: 1e9 }, 0);
  const looks = Array.from({ length: 110 }, (_, look) => look * 10);
  const signIns = looks.map((at) => (directory.signIn(app, secretText, at) === "accepted" ? "1" : "0"));
  return signIns.join("") + looks.map((at) => String(directory.seenByRead(app, at).length)).join("");
}

it("lags and flaps, the same way for the same seed", () => {
  expect(history(7)).toBe(history(7));
  expect(history(7)).not.toBe(history(8));
  const signIns = history(7).slice(0, 110);
  expect(signIns).toMatch(/^0{10}/);
  expect(signIns).toMatch(/10+1/);
  expect(signIns).toMatch(/1{10}$/);
});

it("stops accepting a removed secret when every replica has heard of it", () => {
  const directory = new Directory(seededRandom(1), { ...LAGS, signInRemoval: [200, 300] });
  const app = application();
  const { keyId, secretText } = directory.addCredential(
    app,
    { displayName: null, startAt: 0, endAt: 1e9 },
    0,
  );
  expect(directory.removeCredential(app, keyId, 50)).toBe(false);
  expect(directory.removeCredential(app, keyId, 5_000)).toBe(true);
  expect(directory.signIn(app, secretText, 5_100)).toBe("accepted");
  expect(directory.signIn(app, secretText, 5_300)).toBe("refused");
});

it("shows a secret once, in the form that Entra's have", async () => {
  const entra = await world({});
  const { objectId, appId } = entra.app;
  const added = await entra.connection.addPassword(
    objectId,
    { displayName: "x", endAt: entra.clock.now() + 1e6 },
    signal,
  );
  added.secret.reveal((text) => expect(text).toMatch(/^.{3}8Q~.{34}$/));
  const listed = JSON.stringify(await entra.connection.passwords(objectId, signal));
  for (const { secretText } of entra.sandbox.credentialsOf(appId)) expect(listed).not.toContain(secretText);
});

/** A patient client: what is transient is tried again, what is unknown is looked for and removed first. */
async function createPatiently(
  { issuer, clock, sandbox, app }: EntraWorld,
  marker: string,
): Promise<SecretValue> {
  for (;;) {
    try {
      const issued = await issuer.create({ marker }, signal);
      return issued.material["value"] ?? SecretValue.fromText("");
    } catch (error) {
      if (!(error instanceof RotationError) || error.kind === "rejected") throw error;
      if (error.kind === "outcome-unknown") await sweep({ issuer, clock, sandbox, app }, marker);
      else clock.push(error.retryAfterMs ?? 100);
    }
  }
}

async function sweep(
  entra: Pick<EntraWorld, "issuer" | "clock" | "sandbox" | "app">,
  marker: string,
): Promise<void> {
  // Longer than any read lags.
  entra.clock.push(1_000);
  const found = await persist(entra, () => entra.issuer.find(marker, signal));
  for (const one of found) await persist(entra, () => entra.issuer.revoke(one, signal));
}

async function persist<T>({ clock }: Pick<EntraWorld, "clock">, act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof RotationError) || error.kind === "rejected" || tries > 50) throw error;
      clock.push(error.retryAfterMs ?? 100);
      await sleep(1);
    }
  }
}

it.each([1, 2, 3])(
  "leaves nothing behind on its worst day, since every lost write is found by its marker (seed %i)",
  async (seed) => {
    const worst = {
      add: (HOSTILE.add ?? []).map(({ fault }) => ({ fault, rate: 0.15 })),
      read: HOSTILE.read ?? [],
    };
    const entra = await world({ sandbox: { seed, faults: { ...HOSTILE, ...worst }, replication: LAGS } });
    for (let round = 0; round < 5; round += 1) await createPatiently(entra, `keyturn:hostile:0run0.${round}`);
    const names = entra.sandbox.credentialsOf(entra.app.appId).map((one) => one.displayName);
    expect(names.sort()).toEqual([0, 1, 2, 3, 4].map((round) => `keyturn:hostile:0run0.${round}`));
  },
);
