/** Certificate policies (RFC 5280 section 6.1): when a CA asks for an explicit one. */
import { expect, it } from "vitest";
import { buildPath } from "../../../src/certificates/index.ts";
import { implicit, integer, sequence } from "../../../src/sandbox/tls/der.ts";
import { ask } from "./fixtures/ask.ts";
import { ANY_POLICY, extension, policies, usages, type Extension } from "./fixtures/der.ts";
import { authority, leaf, type Draft } from "./fixtures/issue.ts";

const [A, B] = ["1.2.3.1", "1.2.3.2"];
const states = (...ids: readonly string[]) => extension.policies(policies(...ids));
const requires = (skip: number) => extension.policyConstraints(sequence(implicit(0, Buffer.from([skip]))));
const inhibitsMapping = (skip: number) =>
  extension.policyConstraints(sequence(implicit(1, Buffer.from([skip]))));
const maps = (from: string, to: string) => extension.policyMappings(sequence(usages(from, to)));
const inhibitsAny = (skip: number) => extension.inhibitAnyPolicy(integer(BigInt(skip)));

/** root → first → second → leaf, with these extensions more. */
function isValid(
  first: readonly Extension[],
  second: readonly Extension[],
  end: readonly Extension[],
): boolean {
  const more = (list: readonly Extension[]): Draft => ({ more: list });
  const root = authority("root");
  const one = authority("one", { by: root, ...more(first) });
  const two = authority("two", { by: one, ...more(second) });
  const answer = buildPath(
    ask({ leaf: leaf("example.com", two, more(end)), pool: [one, two], anchors: [root] }),
  );
  if (!answer.ok) expect(answer.failures.map(({ rule }) => rule)).toEqual(["policies"]);
  return answer.ok;
}

const ROWS: readonly (readonly [what: string, ...Parameters<typeof isValid>, valid: boolean])[] = [
  ["nothing is asked for", [], [], [], true],
  ["policies that nobody asks for may differ", [states(A)], [states(B)], [], true],
  ["one policy all along", [states(A), requires(0)], [states(A)], [states(A, B)], true],
  ["the leaf has another", [states(A), requires(0)], [states(A)], [states(B)], false],
  ["the leaf has none", [states(A), requires(0)], [states(A)], [], false],
  ["a CA between has none", [states(A), requires(0)], [], [states(A)], false],
  ["asked for further down than the path goes", [requires(3)], [], [], true],
  ["asked for exactly at the leaf", [requires(1)], [], [], false],
  ["any policy stands for each", [states(ANY_POLICY), requires(0)], [states(ANY_POLICY)], [states(B)], true],
  [
    "any policy, inhibited at once",
    [states(A), requires(0), inhibitsAny(0)],
    [states(ANY_POLICY)],
    [states(A)],
    false,
  ],
  [
    "any policy, inhibited later",
    [states(A), requires(0), inhibitsAny(1)],
    [states(ANY_POLICY)],
    [states(A)],
    true,
  ],
  ["a policy that is mapped", [states(A), requires(0)], [states(A), maps(A, B)], [states(B)], true],
  ["a policy that was mapped away", [states(A), requires(0)], [states(A), maps(A, B)], [states(A)], false],
  [
    "a mapping that is inhibited",
    [states(A), inhibitsMapping(0)],
    [states(A), maps(A, B), requires(0)],
    [states(B)],
    false,
  ],
  ["the leaf itself asks", [], [], [requires(0)], false],
  ["asked for one further than the last CA", [], [requires(1)], [], false],
  ["asked for two further than the last CA", [], [requires(2)], [], true],
];

it.each(ROWS)("%s", (_what, first, second, end, valid) => {
  expect(isValid(first, second, end)).toBe(valid);
});

/** root → ca → the same CA with a new key → leaf. */
function isValidRolled(
  first: readonly Extension[],
  rolled: readonly Extension[],
  end: readonly Extension[],
): boolean {
  const root = authority("root");
  const old = authority("ca", { by: root, more: first });
  const fresh = authority("ca", { by: old, more: rolled });
  const chain = { leaf: leaf("example.com", fresh, { more: end }), pool: [old, fresh], anchors: [root] };
  return buildPath(ask(chain)).ok;
}

it("does not count a self-issued CA", () => {
  expect(isValidRolled([requires(2)], [], [])).toBe(true);
  expect(isValidRolled([requires(1)], [], [])).toBe(false);
});

it("lets a self-issued CA state any policy where that is inhibited, and no leaf", () => {
  const asks = [states(A), requires(0), inhibitsAny(0)];
  expect(isValidRolled(asks, [states(ANY_POLICY)], [states(A)])).toBe(true);
  expect(isValidRolled(asks, [states(ANY_POLICY)], [states(ANY_POLICY)])).toBe(false);
});
