import { expect, test } from "vitest";
import { load, MAIN, SCHEDULE, tellAll } from "./config-folder.ts";

const [HEAD = "", API = ""] = SCHEDULE.split("  api:");
const secret = (name: string, more = ""): string =>
  `  ${name}:${API.replace("name: api", `name: ${name}`)}${more === "" ? "" : `    ${more}\n`}`;
const schedule = (...secrets: readonly string[]): string => HEAD + secrets.join("");

test("a pair that is written at one of the two holds for both, and once when it is written at both", () => {
  const text = schedule(
    secret("a", "notWith: [c, b]"),
    secret("b", "notWith: [a]"),
    secret("c"),
    secret("d"),
  );
  const { secrets } = load({ "keyturn.yaml": MAIN, "schedules/a.yaml": text });
  expect(secrets.map(({ secret: name, notWith }) => [name, notWith])).toEqual([
    ["a", ["b", "c"]],
    ["b", ["a"]],
    ["c", ["a"]],
    ["d", []],
  ]);
});

test("a secret that is not there, and the secret itself, are problems", () => {
  expect(tellAll(schedule(secret("first", "notWith: [first, frist]")))).toEqual([
    "a.yaml:10 secrets.first.notWith[0]: a secret cannot be kept apart from itself",
    "a.yaml:10 secrets.first.notWith[1]: there is no secret `frist`",
  ]);
});

test("two that depend on one another, through others too, cannot be kept apart", () => {
  const chain = [secret("a", "dependsOn: [b]"), secret("b", "dependsOn: [c]")];
  const message = "`a` depends on `c`, so they rotate together";
  expect(tellAll(schedule(...chain, secret("c", "notWith: [a]")))).toEqual([
    `a.yaml:22 secrets.c.notWith[0]: ${message}`,
  ]);
  const other = schedule(secret("a", "dependsOn: [c]\n    notWith: [c]"), secret("c"));
  expect(tellAll(other)).toEqual([`a.yaml:11 secrets.a.notWith[0]: ${message}`]);
});
