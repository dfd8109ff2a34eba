import { describe, expect, test } from "vitest";
import { findCanary } from "../canary.ts";

const CANARY = 'c4n&ry "~é/+ 0123456789';

const DISGUISES: Readonly<Record<string, (canary: string) => string | Buffer>> = {
  "as it is": (canary) => canary,
  "in UTF-16": (canary) => Buffer.from(canary, "utf16le"),
  "in hex": (canary) => Buffer.from(canary).toString("hex"),
  "in capital hex": (canary) => Buffer.from(canary).toString("hex").toUpperCase(),
  "in base64": (canary) => Buffer.from(canary).toString("base64"),
  "in base64 of a longer text": (canary) => Buffer.from(`user:${canary}!`).toString("base64"),
  "in base64 at every offset": (canary) => Buffer.from(`user: ${canary}!`).toString("base64"),
  "in base64url": (canary) => Buffer.from(`{"v":"${canary}"}`).toString("base64url"),
  "URL-escaped": (canary) => encodeURIComponent(canary),
  "in a form": (canary) => new URLSearchParams({ v: canary }).toString(),
  "in JSON": (canary) => JSON.stringify({ v: canary }),
  "in JSON in JSON": (canary) => JSON.stringify(JSON.stringify({ v: canary })),
};

describe("the canary searcher", () => {
  test.each(Object.entries(DISGUISES))("finds a canary %s", (_, disguise) => {
    const bytes = Buffer.concat([
      Buffer.from("before "),
      Buffer.from(disguise(CANARY)),
      Buffer.from(" after"),
    ]);
    expect(findCanary(bytes, CANARY)).not.toEqual([]);
  });

  test("finds nothing where nothing is", () => {
    expect(findCanary(Buffer.from("c4n&ry, but not the whole of it: 012345678"), CANARY)).toEqual([]);
  });
});
