/** Faults that a saga of this kind has in practice, as patches of its source. The crash tests must catch every one. */

import { bug, type Bug } from "./bug.ts";
import { EXTEND_BUGS } from "./extend-bugs.ts";
import { MANUAL_BUGS } from "./manual-bugs.ts";
import { TURN_BUGS } from "./turn-bugs.ts";

const GATE =
  'if (sink.gating && id.direction === "do") await sink.observe(entry);\n      else await sink.observe(entry).catch(() => undefined);';

const EFFECT_KIND =
  "const effectKind = (record: Outcome) => `${record.direction} ${record.step} ${record.result}`;\n\n";

/** What is not named any more is let go at the last moment, whatever was adopted before. */
const LET_GO = [
  "run/retire.ts",
  "secret.previous === 0 ? await letGo(shop, recorder, secret) : secret",
  "letGo === null ? await letGo(shop, recorder, secret) : secret",
] as const;

export const BUGS: readonly Bug[] = [
  bug(
    "no intent before the call",
    "one secret, one consumer",
    /^I3.*without an open intent/,
    [
      "run/runner.ts",
      "await this.#recorder.intent(id, deadlineAt, marker, chosen.ok ? chosen.value : []);",
      "void [deadlineAt, marker];",
    ],
    [
      "run/runner.ts",
      "    await this.#recorder.outcome(id, done.result, done.seal);",
      "    await this.#recorder.intent(id, 0, formatMarker(id.subject, id.run, id.attempt), []);\n" +
        "    await this.#recorder.outcome(id, done.result, done.seal);",
    ],
  ),
  bug("no gate", "one secret, one consumer", /^I3.*audit/, [
    "run/recorder.ts",
    GATE,
    "await sink.observe(entry).catch(() => undefined);",
  ]),
  bug("audit after the call", "one secret, one consumer", /^I3.*audit/, [
    "run/recorder.ts",
    GATE,
    "void [sink, entry];",
  ]),
  bug("no sweep", "one secret, one consumer", /^I5/, [
    "run/sweep.ts",
    "if (at !== null && at <= now) await look(shop, recorder, row);",
    "void [at, now, recorder];",
  ]),
  bug("one sweep only", "reads lag", /^I2.*alive/, [
    "run/sweep.ts",
    'row.state === "listed" && counts && row.emptyReads + 1 >= EMPTY_READS',
    'row.state === "listed"',
  ]),
  bug(
    "an empty read counts at once",
    "reads lag",
    /^I2.*alive/,
    ["run/sweep.ts", "const COUNTS_AFTER_MS = 60 * SECOND_MS;", "const COUNTS_AFTER_MS = -60 * SECOND_MS;"],
    ["run/sweep.ts", "const EMPTY_READS = 5;", "const EMPTY_READS = 2;"],
  ),
  bug("early retire", "swarm rolls back by itself", /^I1/, [
    "run/retire.ts",
    "if (secret.retireAt === null || secret.retireAt > now || !isRetirable(secret, tables)) return false;",
    "if (secret.retireAt === null || !isRetirable(secret, tables)) return false;",
  ]),
  bug("retire without asking again", "swarm rolls back by itself", /^I1/, [
    "run/retire.ts",
    "const confirmed = await settle(confirm(shop, secret));",
    "const confirmed = await settle(Promise.resolve().then(() => void confirmCurrent));",
  ]),
  bug(
    "the first version revoked while somebody uses it",
    "a rollback of the first version, and a service joins",
    /^I1.*late/,
    [
      "run/retire.ts",
      "if (current === undefined || current.version === 0) return assertUnused(shop, secret);",
      "if (current === undefined || current.version === 0) return void assertUnused;",
    ],
  ),
  bug("a rollback without confirm", "a rollback at which a service does not converge", /^I1.*promoted/, [
    "plan/next/forward.ts",
    'for (const step of ["activate", "confirm"] as const) {',
    'for (const step of run.goal === "rollback" ? (["activate"] as const) : (["activate", "confirm"] as const)) {',
  ]),
  bug("retire not retried", "no overlap asked for", /^(I2|I5)/, [
    "journal/fold.ts",
    "{ retireNotBefore: record.until, retireError: record.error }",
    "{ retireAt: null, retireError: record.error }",
  ]),
  bug("revert to now instead of the baseline", "confirm fails at the second consumer", /^I[15]/, [
    "run/steps.ts",
    "await consumer.revert(baseline, only, signal);",
    "void baseline;\n  await consumer.revert(await consumer.current(signal), only, signal);",
  ]),
  bug(
    "baseline taken twice",
    "the first rotation is rolled back",
    /^I[15]/,
    [
      "journal/fold/attempts.ts",
      "const next = putStep({ ...run, open }, {",
      'const again = effectKind(record) === "do activate unknown";\n' +
        "  const next = putStep({ ...run, open, baselines: again ? null : run.baselines }, {",
    ],
    ["journal/fold/attempts.ts", "function withMarker(", EFFECT_KIND + "function withMarker("],
  ),
  bug("a drop without withdraw", "two stores, the second refuses", /^I2.*copy/, [
    "journal/fold/owed.ts",
    'if (row.step !== "deliver") return false;',
    "return false;",
  ]),
  bug("a drop without revoke", "two secrets, verify fails for one", /^I2.*alive/, [
    "journal/fold/owed.ts",
    "return row.subject === secret.secret && row.output !== null;",
    "return false;",
  ]),
  bug("a withdraw before a late deliver", "confirm fails at the second consumer", /^I2.*copy/, [
    "plan/next/attempt.ts",
    'return row.step === "deliver" && row.do?.lateUntil != null ? row.do.lateUntil + LATE_MARGIN_MS : 0;',
    'return row.step === "deliver" ? 0 : 0;',
  ]),
  bug("consumers not merged", "two secrets, one shared and one own consumer", /restarted/, [
    "plan/plan.ts",
    "else parents[root(index)] = root(owner);",
    "void consumers;",
  ]),
  bug("sealed value erased early", "one secret, one consumer", /^I4.*needed/, [
    "run/upkeep.ts",
    'if (version.stage !== "retired" || version.erased) continue;',
    'if (version.stage === "current" || version.erased) continue;',
  ]),
  bug("sealed value never erased", "one secret, one consumer", /^I4.*still/, [
    "run/upkeep.ts",
    'if (version.stage !== "retired" || version.erased) continue;',
    "if (version !== null) continue;",
  ]),
  bug("a foreign credential revoked", "one secret, one consumer", /^foreign/, [
    "run/sweep.ts",
    "issuer.find(marker, signal)",
    "issuer.list(signal)",
  ]),
  bug("one of two adopted credentials not revoked", "the first rotation of an adopted secret", /^I[25]/, [
    "run/steps.ts",
    "for (const credential of credentialsOf(previous)) await issuer.revoke(credential, signal, manner);",
    "for (const credential of credentialsOf(previous).slice(0, 1)) await issuer.revoke(credential, signal, manner);",
  ]),
  bug(
    "a foreign credential adopted without being named",
    "the first rotation of an adopted secret",
    /^foreign/,
    [
      "domain/adoption.ts",
      "const looked = [...new Set(asked)].flatMap(",
      "const looked = facts.listed.map(({ id }) => id).flatMap(",
    ],
    LET_GO,
  ),
  bug(
    "a name that was taken back revoked all the same",
    "a name is taken back, and the overlap is over",
    /^foreign/,
    LET_GO,
  ),
  bug(
    "an adopted version 0 brought back by a marker that nobody has",
    "a rollback to an adopted version 0",
    /^(I[25]|thrown)/,
    [
      "run/retire.ts",
      "if (current === undefined || current.version === 0) return assertUnused(shop, secret);",
      "if (current === undefined) return assertUnused(shop, secret);",
    ],
  ),
  bug("no confirm", "a service does not converge", /^I1.*promoted/, [
    "plan/next/forward.ts",
    'for (const step of ["activate", "confirm"] as const) {',
    'for (const step of ["activate"] as const) {',
  ]),
  bug("no verify", "a credential never works", /^I1/, [
    "plan/next/attempt.ts",
    '    { step: "verify", subject: secret.secret },\n',
    "",
  ]),
  bug(
    "revoke before revert",
    "confirm fails at the second consumer",
    /^I1/,
    [
      "journal/fold/owed.ts",
      '(failed && reverts.length === 0 && each.state === "active")',
      '(failed && each.state === "active")',
    ],
    [
      "plan/next/reverting.ts",
      "  const reverts = revertsOwed(run)",
      "  const early = undoOwed(run, context);\n  if (early.length > 0) return early;\n  const reverts = revertsOwed(run)",
    ],
    ["run/steps.ts", "if (user === null) return (", 'if (user !== "") return ('],
  ),
  bug("a rolled back version revoked while somebody uses it", "a service joins with the new version", /^I1/, [
    "run/steps.ts",
    "if (user === null) return (",
    'if (user !== "") return (',
  ]),
  bug("a swept version revoked while somebody uses it", "a back-up restored from between a create", /^I1/, [
    "run/sweep.ts",
    "if (seen.value.used) return block(recorder, row);",
    "if (seen.value.used) void block;",
  ]),
  bug("a blind repeat after a lost answer", "one secret, one consumer", /^I2.*alive/, [
    "journal/fold/attempts.ts",
    'if (record.step === "create" && record.result === "unknown" && record.direction === "do") {',
    'if (record.step === "create" && record.result === "unknown" && record.attempt > 1) {',
  ]),
  bug("open attempts left open", "one secret, one consumer", /^(I3|I5|thrown)/, [
    "run/worker.ts",
    "await closeOpenAttempts(this.#shop, this.#recorder);",
    "void closeOpenAttempts;",
  ]),
  ...MANUAL_BUGS,
  ...TURN_BUGS,
  ...EXTEND_BUGS,
];
