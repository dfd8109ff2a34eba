import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { decodeMaterial, encodeMaterial } from "../../../src/journal/material-bytes.ts";
import { generateSealKey, loadSealKey, SealKey } from "../../../src/journal/seal-key.ts";
import { seal, unseal } from "../../../src/journal/sealing.ts";
import type { SealedPlace } from "../../../src/journal/sealing.ts";
import { openJournal } from "../../../src/journal/sqlite-journal.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import { SECRET, sealOrder, startRecord } from "../../journal-records.ts";
import { tempFolder } from "../../temp-folder.ts";

const PLACE: SealedPlace = { table: "sealed", row: "material", secret: "a", version: 1 };
const KEY = Buffer.alloc(32, 1);

describe("a sealed blob", () => {
  test("opens with its key in its place", () => {
    expect(unseal(KEY, seal(KEY, Buffer.from("plain"), PLACE), PLACE)?.toString()).toBe("plain");
  });

  test.each<[string, Partial<SealedPlace>]>([
    ["another table", { table: "data_key" }],
    ["another row", { row: "baseline:x" }],
    ["another secret", { secret: "b" }],
    ["another version", { version: 11 }],
    ["a shifted border between row and secret", { row: "materiala", secret: "" }],
  ])("does not open in %s", (_, change) => {
    expect(unseal(KEY, seal(KEY, Buffer.from("plain"), PLACE), { ...PLACE, ...change })).toBeNull();
  });

  test("does not open with another key, nor with any bit changed, nor cut short", () => {
    const sealed = seal(KEY, Buffer.from("plain"), PLACE);
    expect(unseal(Buffer.alloc(32, 2), sealed, PLACE)).toBeNull();
    for (let index = 0; index < sealed.blob.length; index++) {
      const blob = Buffer.from(sealed.blob);
      blob[index] = (blob[index] ?? 0) ^ 1;
      expect(unseal(KEY, { ...sealed, blob }, PLACE)).toBeNull();
      expect(unseal(KEY, { ...sealed, blob: sealed.blob.subarray(0, index) }, PLACE)).toBeNull();
    }
  });

  test("is another one each time", () => {
    const [one, two] = [seal(KEY, Buffer.from("plain"), PLACE), seal(KEY, Buffer.from("plain"), PLACE)];
    expect(Buffer.from(one.nonce)).not.toEqual(Buffer.from(two.nonce));
    expect(Buffer.from(one.blob)).not.toEqual(Buffer.from(two.blob));
  });
});

test("material comes back part by part, bytes that are not text included", () => {
  const material = {
    key: SecretValue.fromBytes(Buffer.from([0, 255, 128])),
    value: SecretValue.fromText("é"),
    empty: SecretValue.fromText(""),
  };
  const decoded = decodeMaterial(encodeMaterial(material));
  expect(Object.keys(decoded)).toEqual(["empty", "key", "value"]);
  expect(decoded["key"]?.revealBytes((bytes) => [...bytes])).toEqual([0, 255, 128]);
  expect(decoded["value"]?.reveal((text) => text)).toBe("é");
});

describe("the seal key's file", () => {
  function keyFile(content = generateSealKey(), mode = 0o600): string {
    const path = join(tempFolder(), "seal.key");
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  test.each([0o600, 0o400])("is read with mode %o", (mode) => {
    const text = generateSealKey();
    expect(loadSealKey(keyFile(text, mode)).use((bytes) => bytes.toString("base64"))).toBe(text.trim());
  });

  test.each([0o640, 0o604, 0o620, 0o660, 0o444, 0o601])(
    "is refused with mode %o, and the fix is named",
    (mode) => {
      const path = keyFile(undefined, mode);
      const refused = { code: "seal-key-invalid", kind: "rejected", hint: `Run \`chmod 0600 ${path}\`.` };
      expect(() => loadSealKey(path)).toThrow(expect.objectContaining(refused));
    },
  );

  test.each([
    ["31 bytes", Buffer.alloc(31, 3).toString("base64")],
    ["33 bytes", Buffer.alloc(33, 3).toString("base64")],
    ["no base64", "!".repeat(44)],
    ["nothing", ""],
    ["a key and more", `${generateSealKey()}x`],
    ["far too much", "A".repeat(100_000)],
  ])("is refused when it holds %s, without telling what", (_, content) => {
    const path = keyFile(content);
    expect(() => loadSealKey(path)).toThrow(`the seal key ${path} does not hold 32 bytes in base64`);
  });

  test("is refused when it is missing, a folder, or a pipe", () => {
    const dir = tempFolder();
    execFileSync("mkfifo", ["-m", "0600", join(dir, "pipe")]);
    mkdirSync(join(dir, "folder"));
    for (const name of ["missing", "folder", "pipe"]) {
      expect(() => loadSealKey(join(dir, name))).toThrow(
        expect.objectContaining({ code: "seal-key-invalid" }),
      );
    }
  });

  test("may be reached through a symbolic link", () => {
    const path = keyFile();
    symlinkSync(path, `${path}.link`);
    expect(loadSealKey(`${path}.link`).id).toBe(loadSealKey(path).id);
  });

  test.skipIf(process.getuid?.() !== 0)("is refused when another user owns it", () => {
    const path = keyFile();
    chownSync(path, 12345, 0);
    expect(() => loadSealKey(path)).toThrow("belongs to user 12345");
  });

  test.skipIf(process.getuid?.() !== 0)(
    "may have the access list that systemd gives a credential, and there only",
    () => {
      const path = keyFile(undefined, 0o440);
      expect(loadSealKey(path, join(path, "..")).id).toHaveLength(32);
      expect(() => loadSealKey(path, join(path, "../.."))).toThrow(
        expect.objectContaining({ code: "seal-key-invalid" }),
      );
      chmodSync(path, 0o444);
      expect(() => loadSealKey(path, join(path, ".."))).toThrow(
        expect.objectContaining({ code: "seal-key-invalid" }),
      );
    },
  );
});

test("a seal key prints as nothing", () => {
  const key = new SealKey(Buffer.alloc(32, 9));
  expect([String(key), JSON.stringify({ key }), inspect(key)]).toEqual([
    "[seal key]",
    '{"key":"[seal key]"}',
    "[seal key]",
  ]);
});

test("another seal key is refused when the journal opens, and the right one still works", async () => {
  const dir = tempFolder();
  const right = openJournal({ dir, sealKey: new SealKey(Buffer.alloc(32, 1)) });
  onTestFinished(() => right.close());
  await right.append(startRecord(1), [sealOrder(1, "value")]);
  const wrong = (): unknown => openJournal({ dir, sealKey: new SealKey(Buffer.alloc(32, 2)) });
  expect(wrong).toThrow(expect.objectContaining({ code: "sealed-unreadable", kind: "rejected" }));
  expect(right.unseal(SECRET, 1, "material")["value"]?.reveal((text) => text)).toBe("value");
});
