/** Of roles that take turns, and of the sessions of whoever signed in before. */
import { bug, type Bug } from "./bug.ts";

const MANNER = 'return goal === "rotate" && revokeNow ? { endSessions: true } : asked;';

export const TURN_BUGS: readonly Bug[] = [
  bug("a late attempt takes its role back", "roles take turns while calls land late", /^I[12]/, [
    "issuers/postgres-role/free-role.ts",
    "before.attempt <= now.attempt",
    "before.attempt !== now.attempt",
  ]),
  bug(
    "whoever had signed in stays, though no overlap was asked for",
    "roles take turns without an overlap",
    /signed in with/,
    ["run/steps.ts", MANNER, "void [goal, revokeNow];\n  return asked;"],
  ),
  bug("every retire cuts off whoever had signed in", "roles take turns", /was cut off/, [
    "run/steps.ts",
    MANNER,
    "void [goal, revokeNow, asked];\n  return { endSessions: true };",
  ]),
];
