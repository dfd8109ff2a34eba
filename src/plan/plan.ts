/** Which secrets rotate together, and who is touched: request and state in, runs out. Pure. */
import type { ConsumerId, StoreId } from "../domain/ports.ts";
import type { DueReason, RunConsumer, RunSecret } from "../domain/run.ts";
import type { SecretName, VersionNumber } from "../domain/version.ts";

/** A secret that may be rotated, with what was read of its stores and consumers. */
export interface Candidate {
  readonly secret: SecretName;
  readonly reason: DueReason;
  readonly from: VersionNumber | null;
  /** The highest version number known of, in the journal and in every store. */
  readonly highest: VersionNumber;
  readonly stores: readonly StoreId[];
  readonly consumers: readonly Omit<RunConsumer, "secrets">[];
  readonly dependsOn: readonly SecretName[];
  readonly waitForWindow: boolean;
  readonly windowIgnored: string | null;
}

export interface PlannedRun {
  readonly goal: "rotate";
  readonly secrets: readonly RunSecret[];
  readonly consumers: readonly RunConsumer[];
  readonly waitForWindow: boolean;
  readonly windowIgnored: string | null;
}

/** Secrets that share a consumer, or depend on one another, form one run: a service restarts once. */
export function planRuns(candidates: readonly Candidate[]): readonly PlannedRun[] {
  return groups(candidates).map((group) => ({
    goal: "rotate",
    secrets: group.map((each) => runSecret(each, group)),
    consumers: consumersOf(group),
    waitForWindow:
      group.some((each) => each.waitForWindow) && group.every((each) => each.windowIgnored === null),
    windowIgnored: group.find((each) => each.windowIgnored !== null)?.windowIgnored ?? null,
  }));
}

function runSecret(candidate: Candidate, group: readonly Candidate[]): RunSecret {
  const { secret, from, highest, reason, stores, dependsOn } = candidate;
  const to = reason === "target-added" && from !== null ? from : highest + 1;
  const after = dependsOn.filter((name) => group.some((each) => each.secret === name));
  return { secret, from, to, reason, stores, after };
}

function consumersOf(group: readonly Candidate[]): readonly RunConsumer[] {
  const byId = new Map<ConsumerId, RunConsumer>();
  for (const { secret, consumers } of group) {
    for (const consumer of consumers) {
      const before = byId.get(consumer.id);
      byId.set(consumer.id, { ...consumer, secrets: [...(before?.secrets ?? []), secret] });
    }
  }
  return [...byId.values()];
}

/** Union-find over consumers and dependencies; numbers, since there may be very many of both. */
function groups(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const parents = candidates.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    for (let up = parents[at] ?? at; up !== at; up = parents[at] ?? at) {
      parents[at] = parents[up] ?? up;
      at = up;
    }
    return at;
  };
  const owners = new Map<string, number>(candidates.map((each, index) => [`secret ${each.secret}`, index]));
  candidates.forEach(({ consumers, dependsOn }, index) => {
    for (const { id } of consumers) {
      const owner = owners.get(id);
      if (owner === undefined) owners.set(id, index);
      else parents[root(index)] = root(owner);
    }
    for (const other of dependsOn) {
      const owner = owners.get(`secret ${other}`);
      if (owner !== undefined) parents[root(index)] = root(owner);
    }
  });
  return [...Map.groupBy(candidates, (_, index) => root(index)).values()];
}
