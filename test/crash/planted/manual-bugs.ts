/** Faults of a saga in which a person makes and revokes the values. */
import type { Bug } from "./bug.ts";

export const MANUAL_BUGS: readonly Bug[] = [
  {
    name: "what a person revokes is retired without their word",
    scenario: "by hand: a value is given",
    shows: /^I2.*alive/,
    edits: [
      {
        file: "run/retire.ts",
        find: "leftToPerson(shop, secret) ?? (await revoke(shop, runner, secret.secret, retireRun, manner))",
        replace: "await revoke(shop, runner, secret.secret, retireRun, manner)",
      },
    ],
  },
  {
    name: "a person is told to revoke what is in use",
    scenario: "by hand: somebody switches back by hand",
    shows: /^I1/,
    edits: [
      {
        file: "run/retire.ts",
        find: "if (!confirmed.ok) {",
        replace: "if (!confirmed.ok && shop.wiring.byHand(secret.secret) === null) {",
      },
      {
        file: "run/remind.ts",
        find: "if (onceConfirmed && !(await settle(confirmCurrent(shop, state))).ok) continue;",
        replace: "void [onceConfirmed, settle, confirmCurrent];",
      },
    ],
  },
  {
    name: "nobody is told of a value that did not come into use",
    scenario: "by hand: the value is bad, as the consumer shows",
    shows: /^I2.*alive/,
    edits: [
      {
        file: "plan/reminders.ts",
        find: 'stage === "retired" && promotedAt === null',
        replace: 'stage === "retired" && promotedAt !== null',
      },
    ],
  },
  {
    name: "a person's word is forgotten",
    scenario: "by hand: a value is given",
    shows: /^I5/,
    edits: [{ file: "journal/fold.ts", find: "revokedByHand: record.version,", replace: "" }],
  },
  {
    name: "an alert that a crash can lose",
    scenario: "by hand: a value is given",
    shows: /^I5/,
    edits: [
      {
        file: "plan/reminders.ts",
        find: "if (!waitsForPerson(state)) return [];",
        replace: "if (state.retireNotBefore !== now + 600_000) return [];",
      },
    ],
  },
];
