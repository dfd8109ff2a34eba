import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CHECKS, LIFETIME_CALENDAR, MENDS, RULES } from "../../../src/certificates/index.ts";
import { CLIENT_RULES } from "../../../src/certificates/diagnosis/client-rules.ts";
import type { RuleId } from "../../../src/certificates/index.ts";

const page = readFileSync(new URL("../../../docs/certificates.md", import.meta.url), "utf8");

it("docs/certificates.md says of every rule exactly what the tables in the code say", () => {
  const row =
    /^\| `([a-z0-9-]+)` \| (.+?) \| `?(both|web-pki|rfc5280)`? \| (.+?) \| (error|notice) \| (.+?) \|$/gm;
  const rows = [...page.matchAll(row)].map(([, id, section, profiles, says, level, mend]) => [
    id,
    { section, profiles, says, level, mend },
  ]);
  const expected = Object.entries(RULES).map(([id, rule]) => [
    id,
    { ...rule, level: CLIENT_RULES.holds(id as RuleId) ? "error" : "notice", mend: MENDS[id as RuleId] },
  ]);
  expect(rows).toEqual(expected);
});

it("docs/certificates.md says what a check looks at and what mends it, as the table in the code does", () => {
  const table =
    /\| check \| section \| \| what mends it \|\n\|---\|---\|---\|---\|\n((?:\|.*\|\n)+)/.exec(page)?.[1] ??
    "";
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
    ([, id, section, says, mend]) => [id, { section, says, mend }],
  );
  expect(rows).toEqual(Object.entries(CHECKS));
});

it("docs/certificates.md has the calendar of the code", () => {
  const rows = [...page.matchAll(/^\| (\d{4}-\d\d-\d\d) \| (\d+) \|$/gm)].map(([, from, days]) => ({
    from,
    days: Number(days),
  }));
  expect(rows).toEqual(LIFETIME_CALENDAR.toReversed());
});
