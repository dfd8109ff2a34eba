/** The judges of the kill suite, each shown what it has to find. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findLeaks } from "../../e2e/world/find-leaks.ts";
import { startQuietFileWorld } from "../../e2e/world/quiet-world.ts";
import { SECRET, type World } from "../../e2e/world/world.ts";
import { judgeAfterKill, judgeQuiet, judgeRecovered } from "./judge.ts";

const all = async (world: World): Promise<readonly string[]> => [
  ...(await judgeAfterKill(world)),
  ...(await judgeRecovered(world)),
  ...(await judgeQuiet(world)),
  ...findLeaks(world),
];

it("nothing is found after a rotation, and each thing that must not be is", async () => {
  const world = await startQuietFileWorld();
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  expect(await all(world)).toEqual([]);

  const [secretText = ""] = [...world.canaries].slice(-1);
  const leak = join(world.stateDir, "leak");
  writeFileSync(leak, Buffer.from(secretText).toString("base64"));
  expect(await all(world)).toEqual([`${leak}: base64`]);
  writeFileSync(leak, "");

  const file = auditFile(world);
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  writeFileSync(file, `${lines.slice(0, -1).join("\n")}\n`);
  expect(await judgeAfterKill(world)).toEqual([]);
  expect(await judgeRecovered(world)).toEqual([
    expect.stringMatching(/^I3: \d+ lines of audit log, \d+ entries/),
  ]);
  writeFileSync(file, `${lines.slice(1).join("\n")}\n`);
  expect(await judgeAfterKill(world)).toEqual([expect.stringMatching(/^I3: line 1 /)]);
  writeFileSync(file, `${lines.join("\n")}\n`);

  const stray = `keyturn:${SECRET}:stray.1`;
  world.app.addSecret(stray);
  await until(() => world.markers.has(stray));
  expect(await judgeQuiet(world)).toEqual([expect.stringMatching(/^I2: .*stray/)]);
  expect(await judgeAfterKill(world)).toEqual([expect.stringMatching(/^I3: the tenant was given .*stray/)]);

  world.entra.expire(world.appId, secretText);
  await until(() => world.consumer.signIns().failed > 0);
  expect(await judgeAfterKill(world)).toContainEqual(expect.stringMatching(/^I1: \d+ of/));
});

function auditFile(world: World): string {
  const dir = join(world.stateDir, "audit");
  const [name = ""] = readdirSync(dir).filter((file) => file.endsWith(".jsonl"));
  return join(dir, name);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
