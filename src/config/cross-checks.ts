/** Checks that concern more than one entry: names, references, cycles, and what a kind demands of a policy. */
import type { Policy } from "../domain/policy.ts";
import type { PlacedCache } from "./cache.ts";
import type { IssuerLeafKind, LeafKind } from "./config.ts";
import { problemAt } from "./explain.ts";
import type { CheckedLeaf } from "./leaves.ts";
import { checkPairs } from "./pairs.ts";
import { didYouMean, formatPlace, type PathSegment, type Problem } from "./problem.ts";
import { NAME } from "./scalars.ts";
import type { Source } from "./source.ts";
import { checkTemplates } from "./template-checks.ts";

/** A named entry and where it stands. */
export interface Placed<T> {
  readonly name: string;
  readonly source: Source;
  readonly path: readonly PathSegment[];
  readonly entry: T;
}

/** A secret as far as it could be read; what is wrong with it by itself is already told. */
export interface DraftSecret {
  readonly policy: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependsOn: readonly string[];
  /** As written: one of the two may be enough. */
  readonly notWith: readonly string[];
  readonly issuer: CheckedLeaf<IssuerLeafKind> | null;
  readonly targets: readonly CheckedLeaf<LeafKind>[];
  readonly probes: readonly CheckedLeaf<LeafKind>[];
  readonly caches: readonly PlacedCache[];
  /** Reloads too: everything that may name a connection. */
  readonly leaves: readonly CheckedLeaf<LeafKind>[];
}

/** Entries by name. A second one of the same name, and a name of the wrong letters, are problems. */
export function byName<T>(
  what: string,
  entries: readonly Placed<T>[],
  problems: Problem[],
): ReadonlyMap<string, Placed<T>> {
  const found = new Map<string, Placed<T>>();
  for (const placed of entries) {
    const { name, source, path } = placed;
    const first = found.get(name);
    if (!NAME.test(name)) {
      const hint = "Use 1 to 64 of a-z A-Z 0-9 _ . - and begin with a letter or a digit.";
      problems.push(problemAt(source, path, `this cannot be the name of a ${what}`, hint));
    } else if (first !== undefined) {
      const place = formatPlace({ file: first.source.file, line: first.source.lineOf(first.path), path: "" });
      problems.push(
        problemAt(
          source,
          path,
          `a ${what} of this name stands in ${place.slice(0, -2)} already`,
          "Rename or remove one of them.",
        ),
      );
    } else found.set(name, placed);
  }
  return found;
}

export function checkSecrets(
  secrets: ReadonlyMap<string, Placed<DraftSecret>>,
  policies: ReadonlyMap<string, Policy | null>,
  connections: ReadonlyMap<string, string>,
  problems: Problem[],
): void {
  const targets = new Map<string, Placed<DraftSecret>>();
  const adopted = new Map<string, string>();
  for (const secret of secrets.values()) {
    checkPolicy(secret, policies, problems);
    for (const leaf of secret.entry.leaves) checkConnection(leaf, connections, problems);
    for (const target of secret.entry.targets) {
      checkOwnership(target, secret, targets, problems);
      checkTemplates(target, secret.entry.issuer?.kind?.parts, problems);
    }
    checkAdoption(secret, adopted, problems);
    checkDependencies(secret, secrets, problems);
    checkPairs(secret, secrets, problems);
  }
  checkCycles(secrets, problems);
}

function checkPolicy(
  { source, path, entry }: Placed<DraftSecret>,
  policies: ReadonlyMap<string, Policy | null>,
  problems: Problem[],
): void {
  if (entry.policy === null) return;
  const policy = policies.get(entry.policy);
  if (policy === undefined) {
    const hint =
      didYouMean(entry.policy, [...policies.keys()]) ??
      "Policies stand under `policies:` in any file of the schedules folder.";
    problems.push(problemAt(source, [...path, "policy"], `there is no policy \`${entry.policy}\``, hint));
  }
  const { kind = null, leaf = null } = entry.issuer ?? {};
  if (kind === null || leaf === null) return;
  const issuer = [...path, "issuer"];
  if (!kind.authenticates && entry.probes.length === 0) {
    const hint = "Add a probe that signs in with the new version.";
    problems.push(
      problemAt(
        source,
        issuer,
        `\`${kind.kind}\` cannot prove that a version works, and the secret has no probe`,
        hint,
      ),
    );
  }
  if (policy && !policy.allowGap && kind.overlap(leaf.config as never) === "none") {
    const hint = `Write \`allowGap: true\` in the policy \`${entry.policy}\` if a moment without a working credential is acceptable.`;
    problems.push(
      problemAt(
        source,
        issuer,
        `with \`${kind.kind}\` the old credential dies when the new one is made, and the policy does not allow that gap`,
        hint,
      ),
    );
  }
}

export function checkConnection(
  { raw, kind, site }: CheckedLeaf<LeafKind>,
  connections: ReadonlyMap<string, string>,
  problems: Problem[],
): void {
  const name = raw["connection"];
  if (typeof name !== "string") return;
  const path = [...site.path, "connection"];
  const found = connections.get(name);
  if (found === undefined) {
    const hint =
      didYouMean(name, [...connections.keys()]) ?? "Connections stand under `connections:` in keyturn.yaml.";
    problems.push(problemAt(site.source, path, `there is no connection \`${name}\``, hint));
  } else if (kind?.connectionKind !== undefined && kind.connectionKind !== found) {
    const message = `\`${raw.kind}\` needs a connection of the kind \`${kind.connectionKind}\`, and \`${name}\` is of the kind \`${found}\``;
    const hint = [...connections]
      .filter(([, other]) => other === kind.connectionKind)
      .map(([other]) => `\`${other}\``);
    problems.push(
      problemAt(site.source, path, message, hint.length === 0 ? null : `Of that kind: ${hint.join(", ")}.`),
    );
  }
}

/** Two secrets that write to one place would undo each other's rotations. */
function checkOwnership(
  { raw, site }: CheckedLeaf<LeafKind>,
  secret: Placed<DraftSecret>,
  taken: Map<string, Placed<DraftSecret>>,
  problems: Problem[],
): void {
  const place = ["name", "path"].map((key) => raw[key] ?? null);
  if (!place.some((each) => typeof each === "string")) return;
  const key = JSON.stringify([raw.kind, raw["connection"] ?? null, place, raw["key"] ?? null]);
  const owner = taken.get(key);
  if (owner === undefined) return void taken.set(key, secret);
  const where = owner.name === secret.name ? "this secret" : `the secret \`${owner.name}\``;
  problems.push(
    problemAt(
      site.source,
      site.path,
      `${where} already has this target`,
      "Give each target a name or path of its own.",
    ),
  );
}

/** A credential that two secrets adopt would be revoked after the overlap of the first, under the feet of the other. */
function checkAdoption(
  { name, entry: { issuer } }: Placed<DraftSecret>,
  adopted: Map<string, string>,
  problems: Problem[],
): void {
  const { raw = null, site = null } = issuer ?? {};
  const ids: unknown = raw?.["adopt"];
  if (site === null || !Array.isArray(ids)) return;
  ids.forEach((id: unknown, index) => {
    if (typeof id !== "string") return;
    const owner = adopted.get(id.toLowerCase());
    if (owner === undefined) return void adopted.set(id.toLowerCase(), name);
    const whose = owner === name ? "this secret" : `the secret \`${owner}\``;
    const message = `${whose} already adopts this credential`;
    problems.push(
      problemAt(site.source, [...site.path, "adopt", index], message, "Leave it to one of them."),
    );
  });
}

function checkDependencies(
  { name, source, path, entry }: Placed<DraftSecret>,
  secrets: ReadonlyMap<string, unknown>,
  problems: Problem[],
): void {
  entry.dependsOn.forEach((other, index) => {
    if (secrets.has(other) && other !== name) return;
    const message = other === name ? "a secret cannot depend on itself" : `there is no secret \`${other}\``;
    const hint = other === name ? null : didYouMean(other, [...secrets.keys()]);
    problems.push(problemAt(source, [...path, "dependsOn", index], message, hint));
  });
}

/** Depth first, without recursion: a chain may be as long as the configuration. */
function checkCycles(secrets: ReadonlyMap<string, Placed<DraftSecret>>, problems: Problem[]): void {
  const done = new Set<string>();
  for (const start of secrets.keys()) {
    const trail: string[] = [];
    const onTrail = new Set<string>();
    const pending: { name: string; leave: boolean }[] = [{ name: start, leave: false }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { name, leave } = next;
      const placed = secrets.get(name);
      if (leave) {
        trail.pop();
        onTrail.delete(name);
        done.add(name);
      } else if (onTrail.has(name)) {
        const cycle = [...trail.slice(trail.indexOf(name)), name];
        const head = secrets.get(cycle[cycle.length - 2] as string) as Placed<DraftSecret>;
        if (cycle.length > 2) {
          problems.push(
            problemAt(
              head.source,
              [...head.path, "dependsOn"],
              `these depend on each other: ${cycle.join(" → ")}`,
              "Break the circle.",
            ),
          );
        }
      } else if (placed !== undefined && !done.has(name)) {
        trail.push(name);
        onTrail.add(name);
        pending.push(
          { name, leave: true },
          ...placed.entry.dependsOn.map((other) => ({ name: other, leave: false })),
        );
      }
    }
  }
}
