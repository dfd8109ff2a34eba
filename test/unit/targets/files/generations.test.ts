import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bringTo, filesIn, signal, version } from "./folder.ts";

it("switches all files with one link, and keeps nothing of what it took over on the disk", async () => {
  const place = await filesIn();
  writeFileSync(join(place.folder, "cert.pem"), "cert by hand");
  writeFileSync(join(place.folder, "key.pem"), "key by hand", { mode: 0o600 });
  await bringTo(place, 1);
  await bringTo(place, 2);
  expect([place.read("cert.pem"), place.read("key.pem")]).toEqual(["cert 2", "key 2"]);
  expect(readlinkSync(join(place.folder, "key.pem"))).toBe(".keyturn/key.pem");
  expect(readlinkSync(join(place.folder, ".keyturn"))).toBe(".keyturn_v2.run.2");
  expect(readdirSync(place.folder).toSorted()).toEqual([
    ".keyturn",
    ".keyturn_v1.run.1",
    ".keyturn_v2.run.2",
    "cert.pem",
    "key.pem",
  ]);
  const modes = ["cert.pem", "key.pem"].map(
    (name) => lstatSync(join(place.folder, ".keyturn", name)).mode & 0o777,
  );
  expect(modes).toEqual([0o444, 0o400]);
});

it("links, files and gaps all come back as they were", async () => {
  const place = await filesIn(undefined, {
    "cert.pem": { content: "{certificate}" },
    "key.pem": { content: "{key}" },
    "both.pem": { content: "{certificate}{key}" },
  });
  mkdirSync(join(place.folder, "archive"));
  writeFileSync(join(place.folder, "archive/cert7.pem"), "cert by certbot");
  symlinkSync("archive/cert7.pem", join(place.folder, "cert.pem"));
  writeFileSync(join(place.folder, "key.pem"), "key by hand", { mode: 0o640 });
  const before = readdirSync(place.folder).toSorted();
  const baseline = await place.consumer.current(signal);
  expect(baseline.items[0]?.held).toMatchObject({
    kind: "foreign",
    description: expect.stringContaining("cert.pem, key.pem"),
  });
  expect(JSON.stringify(baseline)).not.toContain("key by hand");
  await bringTo(place, 1);
  expect(place.read("both.pem")).toBe("cert 1key 1");
  await place.consumer.revert(baseline, ["web"], signal);
  expect([place.read("cert.pem"), place.read("key.pem")]).toEqual(["cert by certbot", "key by hand"]);
  expect(readlinkSync(join(place.folder, "cert.pem"))).toBe("archive/cert7.pem");
  expect(lstatSync(join(place.folder, "key.pem")).mode & 0o777).toBe(0o640);
  await place.target.store.withdraw(version(1).ref, signal);
  expect(readdirSync(place.folder).toSorted()).toEqual(before);
});

it("goes back to an older generation in one rename", async () => {
  const place = await filesIn();
  await bringTo(place, 1);
  const baseline = await place.consumer.current(signal);
  expect(baseline.items[0]?.held).toEqual({ kind: "version", ref: version(1).ref });
  await bringTo(place, 2);
  await place.consumer.revert(baseline, ["web"], signal);
  expect([place.read("cert.pem"), place.read("key.pem")]).toEqual(["cert 1", "key 1"]);
});

it("a file that the configuration names later joins with the next version, whatever stands there", async () => {
  const place = await filesIn();
  await bringTo(place, 1);
  const more = await filesIn(place.folder, {
    "cert.pem": { content: "{certificate}" },
    "key.pem": { content: "{key}" },
    "both.pem": { content: "{certificate}{key}" },
  });
  writeFileSync(join(place.folder, "both.pem"), "both by hand");
  // Until then the version that it had is in use all the same.
  await more.consumer.confirm([{ secret: "web", from: null, to: version(1).ref }], signal);
  await bringTo(more, 2);
  expect([more.read("both.pem"), more.read("key.pem")]).toEqual(["cert 2key 2", "key 2"]);
});

it("what somebody put in the place of one file is not in use, and is taken over again", async () => {
  const place = await filesIn();
  await bringTo(place, 1);
  rmSync(join(place.folder, "key.pem"));
  writeFileSync(join(place.folder, "key.pem"), "key by cron");
  const change = { secret: "web", from: null, to: version(1).ref };
  await expect(place.consumer.confirm([change], signal)).rejects.toMatchObject({ code: "not-in-use" });
  expect((await place.consumer.current(signal)).items[0]?.held.kind).toBe("foreign");
  await bringTo(place, 2);
  expect(place.read("key.pem")).toBe("key 2");
});

it("does not take a file of somebody else for its link, nor a folder for its own", async () => {
  const place = await filesIn();
  writeFileSync(join(place.folder, ".keyturn"), "whose?");
  await expect(place.target.store.highest(signal)).rejects.toMatchObject({ code: "file-refused" });
  rmSync(join(place.folder, ".keyturn"));
  mkdirSync(join(place.folder, ".keyturn_v1.other.1"));
  await expect(place.target.store.deliver(version(1), signal)).rejects.toMatchObject({
    code: "store-conflict",
  });
  expect(await place.target.store.highest(signal)).toBe(1);
});
