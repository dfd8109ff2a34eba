import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Health } from "../../../src/plan/health.ts";

/** Complete by its type: a new word does not compile without a place here, and then fails until both pages have it. */
const HEALTH: Readonly<Record<Health, true>> = {
  "needs-operator": true,
  locked: true,
  held: true,
  unmanaged: true,
  expiring: true,
  "retire-overdue": true,
  failing: true,
  overdue: true,
  due: true,
  ok: true,
};

/** The words in the first column of the table below the heading. */
function wordsIn(page: string, heading: RegExp): readonly string[] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  const section = text.split(/^#+ /m).find((each) => heading.test(each)) ?? "";
  return [...section.matchAll(/^\| `([a-z-]+)` +\|/gm)].map((match) => match[1] as string);
}

test.each([
  ["operations.md", /^Health:/],
  ["cli.md", /^Health\n/],
])("docs/%s has every word of health, worst first", (page, heading) => {
  expect(wordsIn(page, heading)).toEqual(Object.keys(HEALTH));
});
