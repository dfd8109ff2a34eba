/** What can go wrong when the current version is brought to a target that was added. */
import { bug, type Bug } from "./bug.ts";

export const EXTEND_BUGS: readonly Bug[] = [
  bug(
    "an extension that revokes on revert",
    "a target is added, and its consumer refuses at first",
    /^I[12]/,
    [
      "run/steps.ts",
      "await (await storeOf(shop.wiring, secret.secret, store)).withdraw(ref, signal);",
      "await (await storeOf(shop.wiring, secret.secret, store)).withdraw(ref, signal);\n" +
        "    const { credential } = versionOf(shop, run, secret.secret);\n" +
        "    if (isExtension(secret)) await (await shop.wiring.issuer(secret.secret)).revoke(credential, signal);",
    ],
  ),
  bug("an extension that resets the overlap", "a target is added during the overlap", /^I[25]/, [
    "journal/fold/runs.ts",
    "if (extended !== undefined) return extendCurrent(rows, extended, evidence);",
    "void [extended, extendCurrent];",
  ]),
  bug("an extension that makes a version", "a target is added", /^a was changed|^I[25]/, [
    "plan/plan.ts",
    'reason === "target-added" && from !== null ? from : highest + 1',
    "highest + 1",
  ]),
  bug("an extension that leaves its copy", "a target is added during the overlap, and", /^I2.*copy/, [
    "journal/fold/owed.ts",
    'const makers = run.goal === "rollback" ? [] : run.secrets;',
    'const makers = run.goal === "rollback" ? [] : run.secrets.filter((each) => each.from !== each.to);',
  ]),
  bug(
    "an extension of who has the version already",
    "a target is added, and its consumer refuses",
    /^a was/,
    [
      "run/survey.ts",
      'reason === "target-added" ? addedTo(outlook, secret, all) : all',
      'reason === "target-added" && addedTo(outlook, secret, all).length < 0 ? [] : all',
    ],
  ),
  bug("delivered before it is confirmed", "a target is added, and its consumer refuses", /^I[25]/, [
    "journal/fold/attempts.ts",
    "if (planned === undefined || isExtension(planned)) return;",
    "if (planned === undefined || isExtension({ from: null, to: planned.to })) return;",
  ]),
  bug(
    "retire asks a target that has not got the version",
    "a target is added during the overlap, and",
    /^I[25]/,
    [
      "run/retire.ts",
      "const reach: Reach = (_, store) => !added.includes(store);",
      "const reach: Reach = () => true;",
    ],
  ),
];
