/** What is written is read by somebody else: OpenSSL. */
import { spawnSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesIn, signal, version } from "./folder.ts";
import { describeEngine, requireEngine } from "../../../engines/require-engine.ts";
import { newKey, rsaKey, testAuthority, type IssuedFiles } from "../../../pki/authority.ts";
import { tempFolder } from "../../../temp-folder.ts";
import { SecretValue } from "../../../../src/domain/material.ts";

const PASSWORD = "pässword with \u{1F511}";

const openssl = await requireEngine("openssl", () => {
  const { error } = spawnSync("openssl", ["version"]);
  if (error !== undefined) throw error;
});

async function delivered(files: IssuedFiles): Promise<{ readonly folder: string; readonly p12: string }> {
  const folder = tempFolder();
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${PASSWORD}\n`);
  const place = await filesIn(folder, { "site.p12": { format: "pkcs12", passwordFile, alias: "site" } });
  const created = { ...version(1), material: { fullchain: text(files.fullchain), key: text(files.key) } };
  await place.target.store.deliver(created, signal);
  // The same version once more is no conflict, though it would be encrypted otherwise.
  await place.target.store.deliver(created, signal);
  return { folder, p12: join(folder, ".keyturn_v1.run.1/site.p12") };
}

function text(value: string): SecretValue {
  return SecretValue.fromText(value);
}

describeEngine(openssl, "a PKCS#12 file, read by OpenSSL", () => {
  const keys = {
    "an RSA key": () => rsaKey(),
    "a key on P-256": () => newKey(),
    "a key on P-384": () => newKey("P-384"),
    "an Ed25519 key": () => generateKeyPairSync("ed25519"),
  };
  it.each(Object.entries(keys))("with %s has key, certificate and chain", async (_what, key) => {
    const files = testAuthority().issue({ key: key() });
    const { folder, p12 } = await delivered(files);
    const read = (...args: readonly string[]): string => {
      const options = ["pkcs12", "-in", p12, "-passin", `file:${join(folder, "password")}`];
      const { status, stdout, stderr } = spawnSync("openssl", [...options, ...args], { encoding: "utf8" });
      expect([status, stderr.replaceAll(/^MAC.*$/gm, "")], stderr).toEqual([0, expect.any(String)]);
      return stdout;
    };
    expect(blocks(read("-nokeys"))).toEqual(blocks(files.fullchain));
    expect(read("-nokeys")).toContain("friendlyName: site");
    const [pem] = blocks(read("-nocerts", "-nodes"));
    expect(createPrivateKey(pem ?? "").equals(createPrivateKey(files.key))).toBe(true);
  });

  it("is closed to whoever has another password", async () => {
    const { p12 } = await delivered(testAuthority().issue());
    const wrong = ["pkcs12", "-in", p12, "-passin", "pass:another", "-nokeys"];
    expect(spawnSync("openssl", wrong).status).not.toBe(0);
  });
});

function blocks(pem: string): readonly string[] {
  return [...pem.matchAll(/-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g)].map(([block]) => block);
}

it("needs a password before anything is begun, and a version that has a key", async () => {
  const folder = tempFolder();
  const passwordFile = join(folder, "password");
  const place = await filesIn(folder, { "site.p12": { format: "pkcs12", passwordFile } });
  await expect(place.target.store.highest(signal)).rejects.toMatchObject({ code: "file-refused" });
  writeFileSync(passwordFile, "\n");
  await expect(place.target.store.highest(signal)).rejects.toThrow("is empty");
  writeFileSync(passwordFile, randomBytes(8).toString("hex"));
  chmodSync(passwordFile, 0o600);
  expect(await place.target.store.highest(signal)).toBe(0);
  await expect(place.target.store.deliver(version(1), signal)).rejects.toMatchObject({
    code: "template-invalid",
  });
});
