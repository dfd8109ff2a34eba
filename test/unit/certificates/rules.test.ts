/** Each rule of the table lets one question pass and refuses another that differs in little but what the rule is about. */
import { describe, expect, it } from "vitest";
import { buildPath, RFC5280, RULES, WEB_PKI, type RuleId } from "../../../src/certificates/index.ts";
import { AUTHORITIES } from "./rules/authorities.ts";
import { FORM } from "./rules/form.ts";
import { KEYS } from "./rules/keys.ts";
import { LEAVES } from "./rules/leaves.ts";
import { PATHS } from "./rules/paths.ts";
import type { RuleCase } from "./rules/rule-case.ts";

const CASES: Readonly<Record<RuleId, RuleCase>> = { ...FORM, ...KEYS, ...AUTHORITIES, ...LEAVES, ...PATHS };
const IDS = Object.keys(RULES) as RuleId[];

describe.each(IDS)("%s", (id) => {
  const profile = RULES[id].profiles === "rfc5280" ? RFC5280 : WEB_PKI;

  it("accepts", () => {
    const answer = buildPath({ ...CASES[id].accepts(), profile });
    expect(answer.ok ? [] : answer.failures).toEqual([]);
  });

  it("refuses, and says why", () => {
    const { rejects, also = [] } = CASES[id];
    const answer = buildPath({ ...rejects(), profile });
    const failures = answer.ok ? [] : answer.failures;
    expect(new Set(failures.map(({ rule }) => rule))).toEqual(new Set([id, ...also]));
    expect(failures.find(({ rule }) => rule === id)?.section).toBe(RULES[id].section);
  });
});

describe("a rule of one profile does not hold in the other", () => {
  it.each(IDS.filter((id) => RULES[id].profiles !== "both"))("%s", (id) => {
    const profile = RULES[id].profiles === "rfc5280" ? WEB_PKI : RFC5280;
    const answer = buildPath({ ...CASES[id].rejects(), profile });
    expect(answer.ok ? [] : answer.failures).toEqual([]);
  });
});
