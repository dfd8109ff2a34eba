/** What must hold once everything had its time. */
import { credentialsOf } from "../../../src/domain/adoption.ts";
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import type { RunState, VersionState } from "../../../src/domain/state.ts";
import type { MemoryJournal } from "./memory-journal.ts";
import type { World } from "./world.ts";

/** I2 and I4 as soon as recovery is over: nothing orphaned, nothing lost that is still needed, nothing kept that is not. */
export function auditQuiet(world: World, journal: MemoryJournal): readonly string[] {
  return [
    ...orphans(world, journal),
    ...copies(world, journal),
    ...strays(world, journal),
    ...sealed(journal),
  ];
}

/** I2: once the overlap is over too, nobody but the current version is alive, adopted ones included. */
export function auditRetired(world: World, journal: MemoryJournal): readonly string[] {
  const settled = journal.tables.all("secret").filter((secret) => secret.needsOperator === null);
  return [
    ...settled
      .filter((secret) => secret.previous !== null)
      .map((secret) => `I2: the previous version of ${secret.secret} was not retired`),
    ...settled
      .filter((secret) => secret.current !== null && secret.current > 0)
      .flatMap((secret) => world.issuer.liveNamed(secret.secret))
      .map((id) => `I2: ${id}, which was to be adopted, is alive`),
  ];
}

/** Where no overlap was asked for, whoever signed in with the previous version is cut off; else nobody is. */
export function auditSessions(world: World, journal: MemoryJournal, asked: boolean): readonly string[] {
  const retired = journal.tables
    .all("run")
    .filter(({ goal, steps }) => goal === "rotate" && isRetired(steps));
  return retired.flatMap(({ secrets, revokeNow }) =>
    secrets.flatMap(({ secret, from }) => {
      const version = journal.tables.get("secret", secret)?.versions[String(from)];
      const ids = version?.stage === "retired" ? credentialsOf(version).map(({ id }) => id) : [];
      const kept = ids.filter((id) => world.issuer.keptSessions(id));
      if (revokeNow) return kept.map((id) => `I1: whoever signed in with ${id} still is`);
      if (asked || kept.length === ids.length) return [];
      return [`I1: whoever signed in with version ${from ?? 0} of ${secret} was cut off`];
    }),
  );
}

function isRetired(steps: RunState["steps"]): boolean {
  return Object.values(steps).some((row) => row.step === "retire" && row.do?.result === "done");
}

/** I3: every intent has exactly one outcome. */
export function auditRecords(records: readonly JournalRecord[]): readonly string[] {
  const violations: string[] = [];
  const seen = new Map<string, number>();
  for (const record of records) {
    if (record.type !== "intent" && record.type !== "outcome") continue;
    const id = `${record.key} ${record.direction} ${record.attempt}`;
    const count = seen.get(id) ?? 0;
    if (count !== (record.type === "intent" ? 0 : 1))
      violations.push(`I3: ${record.type} of ${id} out of turn`);
    seen.set(id, count + 1);
  }
  for (const [id, count] of seen) if (count !== 2) violations.push(`I3: ${id} has no outcome`);
  return violations;
}

function orphans(world: World, journal: MemoryJournal): readonly string[] {
  const live = world.issuer.live();
  const known = versionsOf(journal).filter((each) => each.held);
  const idsOf = ({ version }: Known): readonly string[] => credentialsOf(version).map(({ id }) => id);
  const held = known.flatMap(idsOf);
  const needed = known.filter((each) => !each.retires).flatMap(idsOf);
  const blocked = blockedMarkers(journal);
  return [
    ...live
      .filter((each) => !held.includes(each.id) && !blocked.includes(each.marker))
      .map((each) => `I2: ${each.marker} is alive and not in the journal`),
    ...needed.filter((id) => !world.issuer.isAlive(id)).map((id) => `I2: ${id} is in the journal and dead`),
  ];
}

/**
 * A copy belongs to a version that is held, or to one that once was promoted and is kept for a while. What this journal
 * has never heard of is somebody else's, or its own of before a back-up was restored.
 */
function copies(world: World, journal: MemoryJournal): readonly string[] {
  const unborn = versionsOf(journal).filter(({ held, version }) => !held && version.promotedAt === null);
  const markers = unborn.map(({ version }) => version.marker);
  return world.stores
    .all()
    .filter((copy) => markers.includes(copy.marker))
    .map((copy) => `I2: a copy of ${copy.marker} was left in a store`);
}

/** A current version's copy lies only where it was brought for good, or still is to be. */
function strays(world: World, journal: MemoryJournal): readonly string[] {
  return journal.tables.all("secret").flatMap(({ secret, current, versions, openRun, needsOperator }) => {
    const version = versions[String(current)];
    if (version === undefined || openRun !== null || needsOperator !== null) return [];
    return world.stores
      .holders({ secret, version: version.version, marker: version.marker })
      .filter((store) => !version.stores.includes(store))
      .map((store) => `I2: a copy of ${version.marker} was left in ${store}`);
  });
}

function sealed(journal: MemoryJournal): readonly string[] {
  const made = versionsOf(journal).filter(({ version }) => version.version !== 0);
  return made.flatMap(({ secret, held, waits, version }) => {
    const name = `${secret} v${version.version}`;
    const readable = canUnseal(journal, secret, version);
    if (held && !readable) return [`I4: ${name} is needed and its material is gone`];
    const over = version.stage === "retired" && !waits;
    return over && (readable || !version.erased) ? [`I4: ${name} is retired and still sealed`] : [];
  });
}

function canUnseal(journal: MemoryJournal, secret: string, version: VersionState): boolean {
  try {
    journal.unseal(secret, version.version, "material");
    return true;
  } catch {
    return false;
  }
}

interface Known {
  readonly secret: string;
  readonly version: VersionState;
  /** The journal answers for this version: it may be alive. */
  readonly held: boolean;
  readonly waits: boolean;
  /** It may have been revoked already: the answer to that is not known. */
  readonly retires: boolean;
}

function versionsOf(journal: MemoryJournal): readonly Known[] {
  const open = journal.tables.openRuns().map((run) => run.run);
  return journal.tables.all("secret").flatMap((secret) =>
    Object.values(secret.versions).map((version) => {
      const waits = secret.needsOperator !== null;
      const pending = version.stage === "pending" && (waits || open.includes(version.run));
      const held = version.version === secret.current || version.version === secret.previous || pending;
      const tried = journal.tables.get("run", secret.retireRun ?? "")?.steps;
      const retires =
        version.version === secret.previous &&
        (secret.revokedByHand === secret.previous ||
          Object.values(tried ?? {}).some((row) => row.step === "retire"));
      // The run that made it may have gone back after the back-up was taken; then a person is asked.
      const unsure = journal.isRestored && waits && version.stage === "pending";
      return { secret: secret.secret, version, held, waits, retires: retires || unsure };
    }),
  );
}

function blockedMarkers(journal: MemoryJournal): readonly (string | null)[] {
  return journal.tables.all("sweep").flatMap((row) => (row.state === "blocked" ? [row.marker] : []));
}
