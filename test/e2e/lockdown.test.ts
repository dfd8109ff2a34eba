/** `lockdown start` rotates what keyturn itself signs in with when nothing else is left to be rotated or revoked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startQuietWorld } from "./world/quiet-world.ts";
import { toldBy } from "./world/start-keyturn.ts";
import { TickingProcess } from "./world/ticking-process.ts";
import { SECRET, type World } from "./world/world.ts";

const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const LIFT = ["lockdown", "lift", "sam", "--confirm", "sam", "--reason", "all is well", "--json"];
/** Before the other by its name. */
const OWN = "a_secret_of_keyturn";

it.each([false, true])("keyturn's own credentials come last (revokeFirst: %s)", async (revokeFirst) => {
  const world = await startQuietWorld({ consumer: (ground) => TickingProcess.start(ground) });
  configure(world, revokeFirst);
  const first = await world.keyturn("rotate", "--now", OWN, SECRET, "--json");
  expect(first.code, first.stdout + first.stderr).toBe(0);
  const before = { sam: made(world, world.appId), own: made(world, world.entra.admin.clientId) };
  const seen: (typeof before)[] = [];
  world.onRequest(() => {
    seen.push({ sam: made(world, world.appId), own: made(world, world.entra.admin.clientId) });
    return null;
  });
  const locked = await world.keyturn(...START);
  expect(toldBy(locked).at(-1), locked.stdout + locked.stderr).toMatchObject({ outcome: "complete" });
  const after = { sam: made(world, world.appId), own: made(world, world.entra.admin.clientId) };

  // Both are new, and both old ones are gone; the other was done with before the own one was touched.
  expect([...after.sam, ...after.own]).toHaveLength(2);
  expect(after.sam).not.toEqual(before.sam);
  expect(after.own).not.toEqual(before.own);
  const touched = seen.find(({ own }) => own.join() !== before.own.join());
  expect(touched?.sam).toEqual(after.sam);
  expect(secretTexts(world)).toContain(readFileSync(join(world.folder, "admin.secret"), "utf8").trim());

  // What it signs in with now is good for the way back.
  const lifted = await world.keyturn(...LIFT);
  expect(toldBy(lifted).at(-1), lifted.stderr).toMatchObject({ outcome: "lifted", missing: [] });
  expect(world.entra.isEnabled(world.appId)).toBe(true);
});

function configure(world: World<TickingProcess>, revokeFirst: boolean): void {
  // Its application is nobody's own, and is to be changed by itself.
  world.entra.grant("Application.ReadWrite.All");
  const { clientId } = world.entra.admin;
  world.configure((parts) => ({
    ...parts,
    secrets: {
      ...parts.secrets,
      [OWN]: {
        issuer: { kind: "entra-password", connection: "entra", application: clientId, validFor: "180d" },
        targets: [{ kind: "file", path: join(world.folder, "admin.secret") }],
      },
    },
    more: {
      lockdown: {
        scopes: {
          sam: {
            contain: [{ kind: "process", pidFile: world.consumer.pidFile }],
            disable: [{ kind: "entra-app", connection: "entra", application: world.appId }],
            rotate: { secrets: ["*"], revokeFirst },
            resume: "contained",
          },
        },
      },
    },
  }));
}

/** The keys of what keyturn has made and what still lives. */
function made({ entra }: World, appId: string): readonly string[] {
  const mine = entra.credentialsOf(appId).filter(({ displayName }) => displayName?.startsWith("keyturn:"));
  return mine.map(({ keyId }) => keyId);
}

function secretTexts({ entra }: World): readonly string[] {
  return entra.credentialsOf(entra.admin.clientId).map(({ secretText }) => secretText);
}
