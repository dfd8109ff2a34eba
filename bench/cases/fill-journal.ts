import { kinds } from "../../src/compose/kinds.ts";
import { projectionKey } from "../../src/compose/projection-key.ts";
import { secretPolicy } from "../../src/compose/secret-policies.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { RecordBody } from "../../src/domain/journal-record.ts";
import { formatMarker } from "../../src/domain/version.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";

/** A journal in which every secret was rotated once, with the configuration's policies projected into it. */
export async function fillJournal(file: string, secrets: readonly string[]): Promise<void> {
  const config = loadConfig(file, kinds, {});
  const journal = openJournal({ dir: config.stateDir });
  for (const [index, secret] of secrets.entries()) {
    for (const body of firstRotation(secret, `run${index}`))
      await journal.append({ ...body, at: Date.now() });
  }
  journal.writePolicies(
    projectionKey(config.fingerprint),
    config.secrets.map((secret) => secretPolicy(secret, kinds, {})),
  );
  journal.close();
}

/** The records of a first rotation that went well, without its consumers. */
export function firstRotation(secret: string, run: string): readonly RecordBody[] {
  const id = {
    run,
    key: `${run}/create/${secret}`,
    step: "create",
    subject: secret,
    direction: "do",
    attempt: 1,
  } as const;
  const marker = formatMarker(secret, run, 1);
  const now = Date.now();
  return [
    started(secret, run),
    { type: "intent", ...id, marker, deadlineAt: now + 60_000 },
    {
      type: "outcome",
      ...id,
      result: "done",
      error: null,
      notBeforeAt: null,
      output: {
        step: "create",
        credential: { id: `key-${run}`, marker },
        createdAt: now,
        notAfter: now + 180 * 86_400_000,
      },
    },
    { type: "pivoted", run, versions: [{ secret, version: 1, evidence: "in-use", retireAt: null }] },
    { type: "run-ended", run, outcomes: [{ secret, outcome: "rotated", error: null, holdOffUntil: null }] },
  ];
}

export function started(secret: string, run: string): RecordBody {
  return {
    type: "run-started",
    run,
    goal: "rotate",
    trigger: "manual",
    reason: null,
    actor: null,
    secrets: [{ secret, from: null, to: 1, reason: "requested", stores: [], after: [] }],
    consumers: [],
    waitForWindow: false,
    windowIgnored: null,
    revokeNow: false,
  };
}
