/** The schedule files as one set of policies and secrets. */
import { outlivesOverlap } from "../domain/consumer-cache.ts";
import type { Policy } from "../domain/policy.ts";
import type { ScanPolicy } from "../domain/scan.ts";
import { takeCache, targetName } from "./cache.ts";
import type { ConfigKinds, ConfiguredLeaf, ConfiguredSecret, LeafKind } from "./config.ts";
import { byName, checkSecrets, type DraftSecret, type Placed } from "./cross-checks.ts";
import { check, valueAt, warningAt } from "./explain.ts";
import { checkLeaf, checkTarget, isRawLeaf, type CheckedLeaf, type Site } from "./leaves.ts";
import { partnersOf, type Partners } from "./pairs.ts";
import type { PathSegment, Problem, Warning } from "./problem.ts";
import { readScans } from "./scans.ts";
import { policySchema, scheduleOutline, secretSchema, type PolicyDocument } from "./schedule-schema.ts";
import type { Source } from "./source.ts";

export interface Surroundings {
  readonly kinds: ConfigKinds;
  readonly base: string;
  /** Kinds of the connections by name. */
  readonly connections: ReadonlyMap<string, string>;
}

export interface Schedules {
  readonly secrets: readonly ConfiguredSecret[];
  readonly scans: readonly ScanPolicy[];
}

export function readSchedules(
  sources: readonly Source[],
  around: Surroundings,
  problems: Problem[],
  warnings: Warning[],
): Schedules {
  for (const source of sources) problems.push(...source.problems);
  const readable = sources.filter(({ value }) => value !== null);
  for (const source of readable) checkOutline(source, problems);
  const policies = readPolicies(readable, problems);
  const placed = readable.flatMap((source) => section(source, "secrets"));
  const named = byName("secret", placed, problems);
  const drafts = new Map(
    [...named].map(([name, secret]) => [name, { ...secret, entry: draftSecret(secret, around, problems) }]),
  );
  checkSecrets(drafts, policies, around.connections, problems);
  const partners = partnersOf(drafts);
  const placedScans = readable.flatMap((source) => section(source, "scans"));
  return {
    secrets: [...drafts.values()].flatMap((secret) => finish(secret, policies, partners, warnings)),
    scans: readScans(placedScans, around.connections, problems, warnings),
  };
}

/** Unknown sections, and a section that is no mapping; what is inside is checked entry by entry. */
function checkOutline(source: Source, problems: Problem[]): void {
  check(scheduleOutline, source.value, source, [], problems);
}

function section(source: Source, name: "policies" | "secrets" | "scans"): Placed<unknown>[] {
  const entries = valueAt(source.value, [name]);
  if (typeof entries !== "object" || entries === null || Array.isArray(entries)) return [];
  return Object.entries(entries).map(([key, entry]: [string, unknown]) => ({
    name: key,
    source,
    path: [name, key],
    entry,
  }));
}

/** Null stands for a policy that is wrong: a secret that names it has no problem of its own. */
function readPolicies(sources: readonly Source[], problems: Problem[]): ReadonlyMap<string, Policy | null> {
  const named = byName(
    "policy",
    sources.flatMap((source) => section(source, "policies")),
    problems,
  );
  return new Map(
    [...named].map(([name, { source, path, entry }]) => {
      const policy = check(policySchema, entry, source, path, problems);
      return [name, policy === null ? null : toPolicy(name, policy)];
    }),
  );
}

function toPolicy(
  name: string,
  { maxAge, cron, renewBefore, window, retry, ...rest }: PolicyDocument,
): Policy {
  return {
    name,
    maxAgeMs: maxAge ?? null,
    cron: cron ?? null,
    renewBefore: renewBefore ?? null,
    timezone: rest.timezone,
    window: window === undefined ? null : { days: window.days, fromMinute: window.from, toMinute: window.to },
    splayMs: rest.splay,
    overlapMs: rest.overlap,
    keep: rest.keep,
    retry: { attempts: retry.attempts, firstMs: retry.first, maxMs: retry.max },
    allowGap: rest.allowGap,
  };
}

/** Works from what is written, so that a secret with one wrong key still has its other parts checked. */
function draftSecret(
  { source, path, entry }: Placed<unknown>,
  { kinds, base }: Surroundings,
  problems: Problem[],
): DraftSecret {
  const secret = check(secretSchema, entry, source, path, problems);
  const site = (...rest: PathSegment[]): Site => ({ source, path: [...path, ...rest], base, problems });
  const list = (key: string) => {
    const items = valueAt(entry, [key]);
    return (Array.isArray(items) ? items : []).flatMap((raw: unknown, index) =>
      isRawLeaf(raw) ? [{ raw, site: site(key, index) }] : [],
    );
  };
  const written = {
    policy: valueAt(entry, ["policy"]),
    issuer: valueAt(entry, ["issuer"]),
    dependsOn: valueAt(entry, ["dependsOn"]),
    notWith: valueAt(entry, ["notWith"]),
  };
  const issuer = isRawLeaf(written.issuer)
    ? checkLeaf("issuer", written.issuer, kinds.issuers, site("issuer"))
    : null;
  const declared = list("targets").map(({ raw, site: at }) => ({ ...takeCache(raw, at), at }));
  const targets = declared.map(({ raw, at }) => checkTarget(raw, kinds.targets, kinds.reloads, at));
  const probes = list("probes").map(({ raw, site: at }) => checkLeaf("probe", raw, kinds.probes, at));
  return {
    policy: typeof written.policy === "string" ? written.policy : null,
    labels: secret?.labels ?? {},
    dependsOn: secret?.dependsOn ?? textsOf(written.dependsOn),
    notWith: secret?.notWith ?? textsOf(written.notWith),
    issuer,
    targets: targets.flatMap(([target]) => (target === undefined ? [] : [target])),
    probes,
    caches: declared.flatMap(({ raw, cacheMs, at }) =>
      cacheMs === null ? [] : [{ target: targetName(raw), cacheMs, index: Number(at.path.at(-1)) }],
    ),
    leaves: [...(issuer === null ? [] : [issuer]), ...targets.flat(), ...probes],
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function finish(
  { name, source, path, entry }: Placed<DraftSecret>,
  policies: ReadonlyMap<string, Policy | null>,
  partners: Partners,
  warnings: Warning[],
): ConfiguredSecret[] {
  if (entry.targets.length === 0)
    warnings.push(warningAt(source, path, "has no target: nobody would be given a new version"));
  const policy = policies.get(entry.policy ?? "");
  const issuer = entry.issuer?.leaf;
  if (!policy || !issuer) return [];
  const { labels, dependsOn } = entry;
  for (const cache of entry.caches) {
    const warning = outlivesOverlap(cache, policy.overlapMs, `the policy \`${policy.name}\``);
    if (warning !== null)
      warnings.push(warningAt(source, [...path, "targets", cache.index, "cache"], warning));
  }
  return [
    {
      secret: name,
      policy,
      labels,
      dependsOn,
      notWith: partners.get(name) ?? [],
      issuer,
      targets: leavesOf(entry.targets),
      probes: leavesOf(entry.probes),
      caches: entry.caches.map(({ target, cacheMs }) => ({ target, cacheMs })),
    },
  ];
}

function leavesOf(checked: readonly CheckedLeaf<LeafKind>[]): readonly ConfiguredLeaf[] {
  return checked.flatMap(({ leaf }) => (leaf === null ? [] : [leaf]));
}
