/** What the daemon and its worker write to is gone or full, while a process signs in all the time. */
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { smallDisk } from "../../small-disk.ts";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { SECRET } from "../world/world.ts";
import { configure, dueWorld, expectRotatedOnce } from "./due-world.ts";
import { startDaemon } from "./start-daemon.ts";

it("waits while the audit folder is gone, and goes on when it is back", async () => {
  const world = await dueWorld();
  const audit = join(world.stateDir, "audit");
  renameSync(audit, `${audit}-elsewhere`);
  writeFileSync(audit, "not a folder");
  const daemon = await startDaemon(world);
  await daemon.logged((line) => line.code === "audit-unavailable");
  expect(world.consumer.heldVersions()).toEqual([1]);
  rmSync(audit);
  renameSync(`${audit}-elsewhere`, audit);
  await expectRotatedOnce(world, daemon);
});

it("waits while the disk is full, and goes on when there is room", async (context) => {
  const disk = smallDisk(64, (why) => context.skip(why));
  const world = await startQuietFileWorld({ overlap: "1h" });
  const state = { dir: join(disk.dir, "state"), sealKeyFile: join(world.folder, "seal.key") };
  configure(world, "not due", (parts) => ({ ...parts, state }));
  expect((await world.keyturn("rotate", "--now", SECRET)).code).toBe(0);
  configure(world, "due", (parts) => ({ ...parts, state }));
  disk.fill();
  // Without room for its index SQLite does not even read.
  expect((await world.keyturn("status")).stderr).toContain("no space left on the device");
  const daemon = await startDaemon(world);
  await daemon.logged((line) => line.code === "disk-full");
  expect(world.consumer.heldVersions()).toEqual([1]);
  disk.free();
  await expectRotatedOnce(world, daemon);
  expect(existsSync(join(disk.dir, "state", "journal.db"))).toBe(true);
});
