/** `lockdown start`, killed after each record of its journal: the same command again does the rest, and nothing runs. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findLeaks } from "../../e2e/world/find-leaks.ts";
import { toldBy } from "../../e2e/world/start-keyturn.ts";
import { SECRET, World, type Ground } from "../../e2e/world/world.ts";
import { readJournal } from "./judge.ts";
import { readAudit, runAndKill } from "./kill-point.ts";
import { TickingProcess } from "../../e2e/world/ticking-process.ts";

type LockdownWorld = World<TickingProcess>;

const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const LIFT = ["lockdown", "lift", "sam", "--confirm", "sam", "--reason", "all is well", "--json"];

/** Every record is one of theirs. */
const WORLDS = 2;

it.concurrent.for([...Array(WORLDS).keys()])(
  "is finished by the same command, whichever record was its last (world %i)",
  { timeout: 240_000 },
  async (first, { onTestFinished }) => {
    const world = await startLockdownWorld();
    onTestFinished(() => world.close());
    for (let nth = first + 1; await killAt(world, nth); nth += WORLDS);
    // Its reader checks the chain; the audit log has lost nothing, and the old versions' credentials are gone.
    const { entries } = await readJournal(world);
    expect(readAudit(world)).toHaveLength(entries.length);
    expect(findLeaks(world)).toEqual([]);
  },
);

async function startLockdownWorld(): Promise<LockdownWorld> {
  const consumer = (ground: Ground): Promise<TickingProcess> => TickingProcess.start(ground);
  const world = await World.start({ seed: ++seeds, overlap: "1h", consumer });
  // What goes wrong here, the test has done.
  world.entra.faults.rates = {};
  world.entra.replication.signIn = [0, 0];
  world.entra.replication.read = [0, 0];
  const [path, from] = [join(world.folder, "authz.json"), join(world.folder, "deny.json")];
  writeFileSync(path, ALLOWING, { mode: 0o640 });
  writeFileSync(from, DENYING);
  world.configure((parts) => ({
    ...parts,
    more: {
      lockdown: {
        scopes: {
          sam: {
            contain: [{ kind: "process", pidFile: world.consumer.pidFile }],
            disable: [{ kind: "entra-app", connection: "entra", application: world.appId }],
            preserve: { dir: join(world.folder, "evidence") },
            rotate: { secrets: ["*"] },
            deny: [{ kind: "file", path, from }],
            resume: "contained",
          },
        },
      },
    },
  }));
  const first = await world.keyturn("rotate", "--now", SECRET, "--json");
  expect(first.code, first.stderr).toBe(0);
  return world;
}

let seeds = 500;
const [ALLOWING, DENYING] = ['{"allow":"some"}', '{"allow":"none"}'];

/** False when there were fewer records. */
async function killAt(world: LockdownWorld, nth: number): Promise<boolean> {
  const { consumer, entra, appId } = world;
  const denied = (): string => readFileSync(join(world.folder, "authz.json"), "utf8");
  const { killed } = await runAndKill(world, START, { at: "audit", nth });
  const what = `killed after record ${nth}`;
  const held = consumer.ticks();
  const again = await world.keyturn(...START);
  expect({ code: again.code, told: toldBy(again).at(-1) }, `${what}\n${again.stderr}`).toMatchObject({
    code: 0,
    told: { outcome: "complete", missing: [] },
  });
  expect(consumer.ticks(), what).toBe(held);
  expect(denied(), what).toBe(DENYING);
  expect(entra.isEnabled(appId), what).toBe(false);
  // The one that was made by hand is nobody's but a person's.
  expect(entra.credentialsOf(appId), what).toHaveLength(2);
  const lifted = await world.keyturn(...LIFT);
  expect(toldBy(lifted).at(-1), `${what}\n${lifted.stderr}`).toMatchObject({
    outcome: "lifted",
    missing: [],
  });
  expect(denied(), what).toBe(ALLOWING);
  expect(entra.isEnabled(appId), what).toBe(true);
  await consumer.run();
  return killed;
}
