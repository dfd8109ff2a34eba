/** Planted bugs prove that the crash tests can fail: each must be caught, and the source as it is must not be. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { BUGS } from "./planted/bugs.ts";
import type { Find } from "./planted/seek.ts";

const HUNT = join(import.meta.dirname, "planted", "hunt-child.ts");
const SEED = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Single faults that are tried per scenario before the next one. */
const PLAYS = 150;
const CONTROL_PLAYS = 3;

async function hunt(plays: number, bug?: string): Promise<Find | null> {
  const args = [HUNT, String(SEED), String(plays), ...(bug === undefined ? [] : [bug])];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Find | null;
}

describe(`planted bugs (CRASH_SEED=${SEED})`, () => {
  it("the source as it is has none that the same hunt finds", async () => {
    expect(await hunt(CONTROL_PLAYS)).toBeNull();
  });

  it.concurrent.for(BUGS)("$name: is caught", async ({ name, shows }, { expect }) => {
    const found = await hunt(PLAYS, name);
    expect(
      found?.violations.find((each) => shows.test(each)),
      JSON.stringify(found),
    ).toBeDefined();
  });
});
