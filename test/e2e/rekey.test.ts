/** `rekey`, `backup` and the upgrade as installed, on a folder as an older keyturn left it. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findCanary, findCanaryBelow } from "../canary.ts";
import { SCHEMA_VERSION } from "../../src/journal/schema.ts";
import { makeV1Folder, V1_KEY, V1_VALUES, type V1Folder } from "../fixtures/journal-v1.ts";
import { tempFolder } from "../temp-folder.ts";
import { commandEnvironment, startKeyturn, type Finished } from "./world/start-keyturn.ts";

interface Place extends V1Folder {
  readonly folder: string;
}

function makePlace(): Place {
  const folder = tempFolder();
  return { ...makeV1Folder(folder), folder };
}

const said: string[] = [];

async function keyturn(
  { folder, config }: Place,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const environment = { ...commandEnvironment(folder), ...env };
  const finished = await startKeyturn([...args, "--config", config], { env: environment }).finished;
  said.push(finished.stdout, finished.stderr);
  return finished;
}

function writeKey(path: string): string {
  const text = randomBytes(32).toString("base64");
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return text;
}

function json(finished: Finished): unknown {
  return JSON.parse(finished.stdout);
}

/** The journal is months old, and so is the version in it: that is told once. */
function withoutOverdue(stderr: string): string {
  return stderr.replace(/^alert\[overdue\]: version 2 of api_key .*\nhint: .*\n/, "");
}

/** Both runs are over and version 2, which was parked under the old key, is in use. */
async function expectCompleted(place: Place, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const finished = await keyturn(place, ["recover", "--json"], env);
  expect([finished.code, withoutOverdue(finished.stderr)]).toEqual([0, ""]);
  expect(readFileSync(place.stablePath, "utf8")).toBe(V1_VALUES[1]);
}

describe("rekey", () => {
  it("replaces the file, and the parked rotation of the older keyturn completes with the new key", async () => {
    const place = makePlace();
    chmodSync(place.sealKeyFile, 0o400);
    const finished = await keyturn(place, ["rekey", "--json"]);
    expect([finished.code, finished.stderr]).toEqual([0, ""]);
    expect(json(finished)).toMatchObject({ dataKeys: 2, finished: true });
    expect(readFileSync(place.sealKeyFile, "utf8")).not.toContain(V1_KEY.toString("base64"));
    expect(statSync(place.sealKeyFile).mode & 0o777).toBe(0o400);
    await expectCompleted(place);
  });

  it("keeps a link that leads to the key, and takes away the copy of the upgrade that the old key opens", async () => {
    const place = makePlace();
    const real = join(place.folder, "elsewhere", "the.key");
    mkdirSync(dirname(real));
    renameSync(place.sealKeyFile, real);
    symlinkSync(real, place.sealKeyFile);
    expect((await keyturn(place, ["recover"])).code).toBe(0);
    expect(readdirSync(join(place.stateDir, "backups"))).toHaveLength(1);
    expect((await keyturn(place, ["rekey"])).code).toBe(0);
    expect(readdirSync(join(place.stateDir, "backups"))).toEqual([]);
    expect(readFileSync(real, "utf8")).not.toContain(V1_KEY.toString("base64"));
    expect((await keyturn(place, ["recover"])).code).toBe(0);
  });

  it("with the old key afterwards nothing is begun, and it is said which key that is", async () => {
    const place = makePlace();
    expect((await keyturn(place, ["rekey"])).code).toBe(0);
    writeFileSync(place.sealKeyFile, V1_KEY.toString("base64"));
    const finished = await keyturn(place, ["recover"]);
    expect(finished.code).not.toBe(0);
    expect(finished.stderr).toContain("error[sealed-unreadable]: the seal key was changed since");
    expect(readFileSync(place.stablePath, "utf8")).toBe(V1_VALUES[0]);
  });

  it.each([
    [
      "the key is not the journal's",
      "seal.key",
      () => randomBytes(32).toString("base64"),
      "sealed-unreadable",
    ],
    ["the new key is no key", "new.key", () => "no key", "seal-key-invalid"],
    ["the new key is the old one", "new.key", () => V1_KEY.toString("base64"), "usage"],
  ])("is refused when %s, and everything stays as it is", async (_, name, text, code) => {
    const place = makePlace();
    writeFileSync(join(place.folder, name), text(), { mode: 0o600 });
    const before = readFileSync(place.sealKeyFile);
    const finished = await keyturn(
      place,
      ["rekey", "--new-key", join(place.folder, "new.key")].slice(0, name === "new.key" ? 3 : 1),
    );
    expect(finished.code).not.toBe(0);
    expect(finished.stderr).toContain(`error[${code}]`);
    expect(readFileSync(place.sealKeyFile)).toEqual(before);
    if (name === "new.key") await expectCompleted(place);
  });

  it("refuses a new key that others may read", async () => {
    const place = makePlace();
    const file = join(place.folder, "new.key");
    writeKey(file);
    chmodSync(file, 0o644);
    const finished = await keyturn(place, ["rekey", "--new-key", file]);
    expect([finished.code, finished.stderr]).toEqual([2, expect.stringContaining("has mode 0644")]);
    await expectCompleted(place);
  });

  it("is refused while another process works", async () => {
    const place = makePlace();
    const { acquireLease } = await import("../../src/journal/lease.ts");
    const lease = acquireLease(place.stateDir);
    onTestFinished(() => lease.release());
    expect((await keyturn(place, ["rekey"])).code).toBe(4);
  });

  it("is refused while the audit log cannot be told of it", async () => {
    const place = makePlace();
    writeFileSync(join(place.folder, "audit"), "a file in its place");
    const finished = await keyturn(place, ["rekey"]);
    expect(finished.stderr).toContain("error[audit-unavailable]");
    expect(readFileSync(place.sealKeyFile, "utf8")).toBe(V1_KEY.toString("base64"));
  });
});

describe("rekey of a key that keyturn cannot replace", () => {
  /** As systemd hands credentials out: a folder that changes only when the service starts anew. */
  function asCredential(place: Place): {
    readonly key: string;
    readonly env: Readonly<Record<string, string>>;
  } {
    const folder = join(place.folder, "credentials");
    mkdirSync(folder, { mode: 0o700 });
    const key = join(folder, "seal.key");
    renameSync(place.sealKeyFile, key);
    const text = readFileSync(place.config, "utf8");
    writeFileSync(place.config, text.replace("./seal.key", '"${CREDENTIALS_DIRECTORY}/seal.key"'));
    return { key, env: { CREDENTIALS_DIRECTORY: folder } };
  }

  it("asks for --new-key and says how, and changes nothing", async () => {
    const place = makePlace();
    const { env } = asCredential(place);
    const finished = await keyturn(place, ["rekey"], env);
    expect(finished.code).toBe(2);
    expect(finished.stderr).toContain("is handed to this service by systemd");
    expect(finished.stderr).toContain("openssl rand -base64 32");
    await expectCompleted(place, env);
  });

  it("works with both keys until the new one is in place, and from then on with that one only", async () => {
    const place = makePlace();
    const { key, env } = asCredential(place);
    const file = join(place.folder, "new.key");
    writeKey(file);
    const started = await keyturn(place, ["rekey", "--new-key", file, "--json"], env);
    expect([started.code, json(started)]).toEqual([
      0,
      expect.objectContaining({
        finished: false,
        unfinished: expect.objectContaining({ code: "rekey-unfinished" }),
      }),
    ]);
    // The service goes on with the old key meanwhile, and says that something is left to do.
    const meanwhile = await keyturn(place, ["recover"], env);
    expect([meanwhile.code, meanwhile.stderr]).toEqual([
      0,
      expect.stringContaining("alert[rekey-unfinished]"),
    ]);
    expect(readFileSync(place.stablePath, "utf8")).toBe(V1_VALUES[1]);
    const old = readFileSync(key);
    copyFileSync(file, key);
    const after = await keyturn(place, ["recover"], env);
    expect([after.code, after.stderr]).toEqual([0, ""]);
    writeFileSync(key, old);
    expect((await keyturn(place, ["recover"], env)).stderr).toContain("error[sealed-unreadable]");
  });

  it("knows a container's secret, which is a mount, from a file", async (context) => {
    const place = makePlace();
    const mounted = join(place.folder, "outside.key");
    copyFileSync(place.sealKeyFile, mounted);
    chmodSync(mounted, 0o600);
    try {
      execFileSync("mount", ["--bind", mounted, place.sealKeyFile], { stdio: "pipe" });
    } catch {
      context.skip("nothing can be mounted here");
    }
    onTestFinished(() => void execFileSync("umount", ["-l", place.sealKeyFile]));
    const refused = await keyturn(place, ["rekey"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("is mounted there from outside"),
    ]);
    const file = join(place.folder, "new.key");
    const text = writeKey(file);
    expect((await keyturn(place, ["rekey", "--new-key", file])).code).toBe(0);
    writeFileSync(mounted, text);
    const after = await keyturn(place, ["recover"]);
    expect([after.code, withoutOverdue(after.stderr)]).toEqual([0, ""]);
    expect(readFileSync(place.stablePath, "utf8")).toBe(V1_VALUES[1]);
  });
});

describe("backup", () => {
  it("put back after later rotations revokes and changes nothing by itself", async () => {
    const place = makePlace();
    await expectCompleted(place);
    const copy = join(place.folder, "copy.db");
    expect(json(await keyturn(place, ["backup", copy, "--json"]))).toEqual({
      file: copy,
      entries: expect.any(Number) as number,
      schema: SCHEMA_VERSION,
    });
    expect((await keyturn(place, ["rotate", "--now", "api_key", "--revoke-now"])).code).toBe(0);
    const inUse = readFileSync(place.stablePath, "utf8");
    expect(inUse).not.toBe(V1_VALUES[1]);
    for (const name of readdirSync(place.stateDir).filter((each) => each.startsWith("journal.db")))
      rmSync(join(place.stateDir, name));
    copyFileSync(copy, join(place.stateDir, "journal.db"));
    renameSync(join(place.folder, "audit"), join(place.folder, "audit-before"));
    expect((await keyturn(place, ["recover"])).code).toBe(0);
    expect(readFileSync(place.stablePath, "utf8")).toBe(inUse);
  });

  it("refuses to overwrite", async () => {
    const place = makePlace();
    const finished = await keyturn(place, ["backup", place.config]);
    expect([finished.code, finished.stderr]).toEqual([2, expect.stringContaining("error[file-exists]")]);
  });
});

it("no command showed a key, nor does a file of the state or of the audit log", async () => {
  const place = makePlace();
  const file = join(place.folder, "given.key");
  const given = writeKey(file);
  expect((await keyturn(place, ["rekey", "--new-key", file])).code).toBe(0);
  rmSync(file);
  const made = [V1_KEY.toString("base64"), given];
  expect((await keyturn(place, ["rekey"])).code).toBe(0);
  made.push(readFileSync(place.sealKeyFile, "utf8").trim());
  const copy = join(place.folder, "audit", "copy.db");
  expect((await keyturn(place, ["backup", copy])).code).toBe(0);
  expect(existsSync(copy)).toBe(true);
  for (const text of made) {
    expect(findCanary(Buffer.from(said.join("\n")), text)).toEqual([]);
    for (const folder of ["state", "audit"])
      expect(findCanaryBelow(join(place.folder, folder), text)).toEqual([]);
    const bytes = readFileSync(copy);
    expect(bytes.includes(Buffer.from(text, "base64"))).toBe(false);
  }
});
