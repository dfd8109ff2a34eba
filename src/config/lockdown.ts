/** The scopes of `lockdown`, with everything they refer to checked: kinds, connections, secrets, channels. */
import type { ConfigKinds, ConfiguredLeaf, LeafKind, LockdownScope } from "./config.ts";
import { checkConnection } from "./cross-checks.ts";
import { problemAt } from "./explain.ts";
import { checkLeaf, isRawLeaf, type CheckedLeaf, type RawLeaf, type Site } from "./leaves.ts";
import type { LockdownDocument, ScopeDocument } from "./lockdown-schema.ts";
import { didYouMean, type PathSegment, type Problem } from "./problem.ts";
import type { Source } from "./source.ts";

/** What the scopes may name. */
export interface LockdownGround {
  readonly source: Source;
  readonly base: string;
  readonly kinds: Pick<ConfigKinds, "containments" | "disablings" | "denials" | "reloads">;
  readonly connections: ReadonlyMap<string, string>;
  /** Null where they are not known: then there are none to rotate. */
  readonly secrets: readonly string[] | null;
  readonly channels: readonly string[];
  readonly problems: Problem[];
}

export const EVERY_SECRET = "*";

export function readScopes(
  document: LockdownDocument | undefined,
  ground: LockdownGround,
): ReadonlyMap<string, LockdownScope> {
  const scopes = Object.entries(document?.scopes ?? {});
  return new Map(scopes.map(([name, scope]) => [name, readScope(name, scope, ground)]));
}

function readScope(name: string, scope: ScopeDocument, ground: LockdownGround): LockdownScope {
  const path = ["lockdown", "scopes", name];
  const leaves = (key: "contain" | "disable" | "deny", what: string, kinds: readonly LeafKind[]) =>
    scope[key].map((raw, index) => checked(what, raw, kinds, [...path, key, index], ground));
  const contain = leaves("contain", "containment", ground.kinds.containments);
  const deny = leaves("deny", "denial", ground.kinds.denials);
  const disable = leaves("disable", "disabling", ground.kinds.disablings);
  checkDenials(contain, deny, ground);
  checkNames(scope, path, ground);
  if (scope.resume === "denied" && deny.length === 0) {
    const hint = "Write what `deny` should do, or `resume: contained`.";
    const message = "nothing is denied, so the services would come back as they were";
    ground.problems.push(problemAt(ground.source, [...path, "resume"], message, hint));
  }
  const { secrets = [], revokeFirst = false } = scope.rotate ?? {};
  return {
    name,
    contain: contain.flatMap(({ leaf }) => leaf ?? []),
    disable: disable.flatMap(({ leaf }) => leaf ?? []),
    deny: deny.flatMap(({ leaf }) => leaf ?? []),
    preserve: scope.preserve ?? null,
    secrets: ground.secrets === null || secrets.includes(EVERY_SECRET) ? (ground.secrets ?? []) : secrets,
    revokeFirst,
    resume: scope.resume,
    notify: scope.notify,
  };
}

function checked(
  what: string,
  raw: RawLeaf,
  kinds: readonly LeafKind[],
  path: readonly PathSegment[],
  ground: LockdownGround,
): CheckedLeaf<LeafKind> {
  const site: Site = { source: ground.source, path, base: ground.base, problems: ground.problems };
  const leaf = checkLeaf(what, raw, kinds, site);
  checkConnection(leaf, ground.connections, ground.problems);
  return withReloads(leaf, ground);
}

/** A denial may tell a process to read its file again, as a target does. */
function withReloads(checked: CheckedLeaf<LeafKind>, ground: LockdownGround): CheckedLeaf<LeafKind> {
  const { leaf, raw, site } = checked;
  const entries: readonly unknown[] = Array.isArray(raw["reload"]) ? raw["reload"] : [];
  const reloads = entries.flatMap((entry, index): readonly ConfiguredLeaf[] => {
    if (!isRawLeaf(entry)) return [];
    const at = { ...site, path: [...site.path, "reload", index] };
    const reload = checkLeaf("reload", entry, ground.kinds.reloads, at);
    checkConnection(reload, ground.connections, ground.problems);
    return reload.leaf === null ? [] : [reload.leaf];
  });
  if (leaf === null || entries.length === 0) return checked;
  return { ...checked, leaf: { kind: leaf.kind, config: { ...(leaf.config as object), reload: reloads } } };
}

/** The environment of a service changes with the update that ends its containment: it must be contained. */
function checkDenials(
  contain: readonly CheckedLeaf<LeafKind>[],
  deny: readonly CheckedLeaf<LeafKind>[],
  { problems }: LockdownGround,
): void {
  const services = contain.flatMap(({ raw }) =>
    Array.isArray(raw["services"]) ? raw["services"].map(String) : [],
  );
  for (const { raw, site } of deny) {
    const { service } = raw;
    if (typeof service !== "string" || services.includes(service)) continue;
    const hint = didYouMean(service, services) ?? "Add it to the `services` of a containment.";
    const message = `the scope does not contain the service \`${service}\``;
    problems.push(problemAt(site.source, [...site.path, "service"], message, hint));
  }
}

function checkNames(scope: ScopeDocument, path: readonly string[], ground: LockdownGround): void {
  const missing = (what: string, names: readonly string[], known: readonly string[], at: PathSegment[]) =>
    names.forEach((name, index) => {
      if (name === EVERY_SECRET || known.includes(name)) return;
      const message = `there is no ${what} \`${name}\``;
      ground.problems.push(
        problemAt(ground.source, [...path, ...at, index], message, didYouMean(name, known)),
      );
    });
  if (ground.secrets !== null)
    missing("secret", scope.rotate?.secrets ?? [], ground.secrets, ["rotate", "secrets"]);
  missing("channel", scope.notify, ground.channels, ["notify"]);
}
