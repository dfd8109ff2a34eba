import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CHECKS } from "../../../src/domain/check.ts";

const page = readFileSync(new URL("../../../docs/doctor.md", import.meta.url), "utf8");

it("docs/doctor.md has every check, and says of it what the table in the code says", () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (.+?) +\| (.+?) +\| *$/gm)];
  expect(rows.map(([, check, meaning]) => [check, meaning])).toEqual(Object.entries(CHECKS));
});
