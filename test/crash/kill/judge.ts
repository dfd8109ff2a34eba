/** The invariants of docs/architecture.md, looked at from outside and through the project's own reader. Each gives what is wrong. */
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import type { Entry } from "../../../src/domain/journal-record.ts";
import type { RunState, SecretState } from "../../../src/domain/state.ts";
import { SECRET, type World } from "../../e2e/world/world.ts";
import { readAudit } from "./kill-point.ts";

export interface JournalSeen {
  readonly entries: readonly Entry[];
  readonly secret: SecretState | undefined;
  readonly runs: readonly RunState[];
}

export async function readJournal(world: World): Promise<JournalSeen> {
  const reader = openJournalReadOnly(world.stateDir);
  try {
    reader.verifyChain();
    const entries: Entry[] = [];
    for await (const entry of reader.read()) entries.push(entry);
    return { entries, secret: reader.tables.get("secret", SECRET), runs: reader.history() };
  } finally {
    reader.close();
  }
}

/** At every moment, and so right after a kill: nothing was done that was not written down first. */
export async function judgeAfterKill(world: World): Promise<readonly string[]> {
  const { entries } = await readJournal(world);
  return [
    ...judgeSignIns(world),
    ...judgeAuditPrefix(world, entries),
    ...judgeMarkers(world),
    ...unpaired(entries, "open"),
  ];
}

/** Once recovery has run. */
export async function judgeRecovered(world: World): Promise<readonly string[]> {
  const { entries, secret, runs } = await readJournal(world);
  const problems = [...judgeSignIns(world), ...judgeMarkers(world), ...unpaired(entries, "closed")];
  const audited = readAudit(world).length;
  if (audited !== entries.length)
    problems.push(`I3: ${audited} lines of audit log, ${entries.length} entries`);
  problems.push(...judgeAuditPrefix(world, entries));
  for (const { run, phase, outcomes } of runs) {
    const ended = outcomes.every(({ outcome }) => outcome === "rotated" || outcome === "rolled-back");
    if (phase !== "ended" || !ended) problems.push(`I5: run ${run} is ${phase}: ${JSON.stringify(outcomes)}`);
  }
  const current = secret?.current ?? 0;
  const held = world.consumer.heldVersions();
  if (held.some((version) => version !== current))
    problems.push(`the consumer holds ${JSON.stringify(held)}, the journal says v${current}`);
  return problems;
}

/** Once there is nothing left to sweep: I2. */
export async function judgeQuiet(world: World): Promise<readonly string[]> {
  const { secret } = await readJournal(world);
  const alive = Object.values(secret?.versions ?? {}).filter(({ stage }) => stage !== "retired");
  const wanted = alive.map(({ marker }) => marker).sort();
  const names = world.entra.credentialsOf(world.appId).map(({ displayName }) => displayName ?? "");
  const live = names.filter((name) => name.startsWith("keyturn:")).sort();
  const problems: string[] = [];
  if (JSON.stringify(live) !== JSON.stringify(wanted))
    problems.push(`I2: live at the tenant ${JSON.stringify(live)}, in the journal ${JSON.stringify(wanted)}`);
  if (!names.includes("made by hand")) problems.push("the secret made by hand is gone");
  return problems;
}

function judgeSignIns(world: World): readonly string[] {
  const { tried, failed } = world.consumer.signIns();
  return failed === 0 ? [] : [`I1: ${failed} of the consumer's ${tried} sign-ins failed`];
}

function judgeAuditPrefix(world: World, entries: readonly Entry[]): readonly string[] {
  const lines = readAudit(world).map((line) => JSON.parse(line) as { seq: number; hash: string });
  const written = entries.map(({ seq, hash }) => `${seq} ${hash}`);
  const wrong = lines.findIndex(({ seq, hash }, n) => `${seq} ${hash}` !== written[n]);
  return wrong < 0 ? [] : [`I3: line ${wrong + 1} of the audit log is not the journal's entry ${wrong + 1}`];
}

/** Every marker that the tenant was ever sent stands in an intent that the audit log holds. */
function judgeMarkers(world: World): readonly string[] {
  const audit = readAudit(world).join("\n");
  const unknown = [...world.markers].filter(
    (marker) => !audit.includes(`"marker":${JSON.stringify(marker)}`),
  );
  return unknown.map((marker) => `I3: the tenant was given ${marker} before the audit log`);
}

/** `open`: the newest attempts may still be without outcome. */
function unpaired(entries: readonly Entry[], expected: "open" | "closed"): readonly string[] {
  const open = new Set<string>();
  const problems: string[] = [];
  for (const { seq, record } of entries) {
    if (record.type !== "intent" && record.type !== "outcome") continue;
    const attempt = `${record.key} ${record.direction} ${record.attempt}`;
    if (record.type === "intent") {
      if (open.has(attempt)) problems.push(`I3: ${attempt} begins twice (entry ${seq})`);
      open.add(attempt);
    } else if (!open.delete(attempt))
      problems.push(`I3: ${attempt} ends without having begun (entry ${seq})`);
  }
  const rest = [...open].map((attempt) => `I3: ${attempt} has no outcome`);
  return [...problems, ...(expected === "closed" ? rest : [])];
}
