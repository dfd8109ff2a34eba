/** What each step does to the outside world, and how it is undone. No journaling here: the runner wraps these. */
import { credentialsOf } from "../domain/adoption.ts";
import { RotationError } from "../domain/errors.ts";
import type { AttemptId } from "../domain/journal-record.ts";
import type { Material } from "../domain/material.ts";
import type { Change, RevokeManner, SealOrder } from "../domain/ports.ts";
import { isExtension, stepKey } from "../domain/run.ts";
import type { RunSecretState, RunState, VersionState } from "../domain/state.ts";
import { MINUTE_MS, SECOND_MS } from "../domain/time.ts";
import { formatMarker, type Created, type SecretName, type VersionRef } from "../domain/version.ts";
import { consumerOf, reachOf, storeOf, userOf } from "./crew.ts";
import type { Workshop } from "./ports.ts";
import { baselineOf } from "./recorded-baseline.ts";
import { doneResult, type AttemptResult } from "./recorder.ts";
import { bringBack, confirmGone, leadsToVersionZero } from "./version-zero.ts";

/** An attempt's effect: what it gave, and material to seal with its outcome. */
export interface Effect {
  readonly result: AttemptResult;
  readonly seal: readonly SealOrder[];
}

const CALL_MS = 60 * SECOND_MS;
/** Convergence has its own limit in the target's configuration; this one only keeps a call from hanging for ever. */
const CONVERGENCE_MS = 120 * MINUTE_MS;

export function timeoutOf({ step, direction }: AttemptId, run: RunState): number {
  if (step === "confirm") return CONVERGENCE_MS;
  if (step !== "activate") return CALL_MS;
  return direction === "undo" || leadsToVersionZero(run) ? CONVERGENCE_MS : 5 * MINUTE_MS;
}

/** What is to be done, and in which run. */
export interface Undertaking {
  readonly id: AttemptId;
  readonly run: RunState;
  readonly manner: RevokeManner;
}

export async function effectOf(
  shop: Workshop,
  { id, run, manner }: Undertaking,
  signal: AbortSignal,
): Promise<Effect> {
  if (id.direction === "undo") return nothingToSeal(await undo(shop, id, run, signal));
  switch (id.step) {
    case "create":
      return create(shop, id, run, signal);
    case "verify": {
      const issuer = await shop.wiring.issuer(id.subject);
      await issuer.verify(versionOf(shop, run, id.subject), signal, replacedBy(shop, run, id.subject));
      return nothingToSeal(doneResult());
    }
    case "deliver":
      return nothingToSeal(await deliver(shop, id, run, signal));
    case "activate": {
      if (leadsToVersionZero(run)) {
        await bringBack(shop, run, id.subject, signal);
        return nothingToSeal(doneResult());
      }
      const changes = changesAt(shop, run, id.subject);
      const consumer = await consumerOf(shop.wiring, secretsOf(changes), id.subject, signal, reachOf(run));
      await consumer.activate(changes, signal);
      return nothingToSeal(doneResult());
    }
    case "confirm": {
      if (leadsToVersionZero(run)) {
        const evidence = await confirmGone(shop, run, id.subject, signal);
        return nothingToSeal(doneResult({ step: "confirm", evidence }));
      }
      const changes = changesAt(shop, run, id.subject);
      const consumer = await consumerOf(shop.wiring, secretsOf(changes), id.subject, signal, reachOf(run));
      const evidence = await consumer.confirm(changes, signal);
      return nothingToSeal(doneResult({ step: "confirm", evidence }));
    }
    case "retire":
      return nothingToSeal(await retire(shop, id, mannerOf(run, manner), signal));
    case "prune":
      return nothingToSeal(await prune(shop, id, signal));
  }
}

function nothingToSeal(result: AttemptResult): Effect {
  return { result, seal: [] };
}

async function create(shop: Workshop, id: AttemptId, run: RunState, signal: AbortSignal): Promise<Effect> {
  const secret = partOf(run, id.subject);
  const issuer = await shop.wiring.issuer(secret.secret);
  const marker = formatMarker(secret.secret, run.run, id.attempt);
  const supplied = shop.wiring.material(secret.secret) === "supplied";
  const material = supplied ? { material: shop.journal.unseal(secret.secret, secret.to, "material") } : {};
  const issued = await issuer.create({ marker, ...material }, signal);
  const { credential, createdAt, notAfter } = issued;
  const seal = supplied
    ? []
    : [{ secret: secret.secret, version: secret.to, row: "material", material: issued.material }];
  return { result: doneResult({ step: "create", credential, createdAt, notAfter }), seal };
}

async function deliver(
  shop: Workshop,
  id: AttemptId,
  run: RunState,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { secret, store } = deliveryOf(run, id);
  await (
    await storeOf(shop.wiring, secret.secret, store)
  ).deliver(versionOf(shop, run, secret.secret), signal);
  return doneResult();
}

async function undo(
  shop: Workshop,
  id: AttemptId,
  run: RunState,
  signal: AbortSignal,
): Promise<AttemptResult> {
  if (id.step === "activate") await revert(shop, id, run, signal);
  if (id.step === "deliver") {
    const { secret, store } = deliveryOf(run, id);
    const ref = refOf(run, secret.secret);
    await (await storeOf(shop.wiring, secret.secret, store)).withdraw(ref, signal);
  }
  if (id.step === "create") await revokeUnused(shop, run, id.subject, signal);
  return doneResult();
}

/** A service made after the model of one in this run has the new version too, and stands in no baseline. */
async function revokeUnused(
  shop: Workshop,
  run: RunState,
  secret: SecretName,
  signal: AbortSignal,
): Promise<void> {
  const output = run.steps[stepKey(run.run, "create", secret)]?.output;
  if (output?.step !== "create") return;
  const { marker } = refOf(run, secret);
  const user = await userOf(shop.wiring, secret, marker, signal);
  if (user === null) return (await shop.wiring.issuer(secret)).revoke(output.credential, signal);
  throw new RotationError("in-use-unexpectedly", {
    kind: "rejected",
    subject: user,
    message: `${user} uses the credential marked ${marker}, whose run was rolled back; it was not revoked`,
    hint: `Rotate ${secret} again, or let ${user} use another version: the credential is revoked once nobody uses it.`,
  });
}

async function revert(shop: Workshop, id: AttemptId, run: RunState, signal: AbortSignal): Promise<void> {
  const baseline = baselineOf(shop, run, id.subject);
  if (baseline === null) throw broken(`there is no baseline of ${id.subject}`);
  const only = baseline.items.map((item) => item.secret);
  const consumer = await consumerOf(shop.wiring, only, id.subject, signal, reachOf(run));
  await consumer.revert(baseline, only, signal);
}

/** A run that leaves no overlap says so in the journal, so that whoever finishes it ends sessions, too. */
function mannerOf({ goal, revokeNow }: RunState, asked: RevokeManner): RevokeManner {
  return goal === "rotate" && revokeNow ? { endSessions: true } : asked;
}

async function retire(
  shop: Workshop,
  id: AttemptId,
  manner: RevokeManner,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const secret = shop.journal.tables.get("secret", id.subject);
  const previous = secret?.previous == null ? undefined : secret.versions[String(secret.previous)];
  if (previous === undefined) return doneResult();
  const issuer = await shop.wiring.issuer(id.subject);
  for (const credential of credentialsOf(previous)) await issuer.revoke(credential, signal, manner);
  return doneResult();
}

async function prune(shop: Workshop, id: AttemptId, signal: AbortSignal): Promise<AttemptResult> {
  const state = shop.journal.tables.get("secret", id.subject);
  const known = Object.values(state?.versions ?? {})
    .filter((each) => each.version !== 0)
    .toSorted((a, b) => b.version - a.version);
  const keep = shop.wiring.policy(id.subject).policy.keep;
  const kept = known.filter(
    (each, index) =>
      each.stage === "pending" || each.stage === "previous" || each.stage === "current" || index < keep,
  );
  let removed = 0;
  let left = 0;
  for (const target of await shop.wiring.targets(id.subject)) {
    const pruned = await target.store.prune(
      kept.map(refFrom(id.subject)),
      known.map(refFrom(id.subject)),
      signal,
    );
    removed += pruned.removed;
    left += pruned.left;
  }
  return doneResult({ step: "prune", removed, left });
}

function refFrom(secret: SecretName): (version: VersionState) => VersionRef {
  return ({ version, marker }) => ({ secret, version, marker });
}

/** Which of the run's secrets change at a consumer, and from what to what. */
function changesAt(shop: Workshop, run: RunState, consumer: string): readonly Change[] {
  const items = run.baselines?.find((each) => each.consumer === consumer)?.items ?? [];
  return items.map(({ secret }) => {
    const { current = null, versions = {} } = shop.journal.tables.get("secret", secret) ?? {};
    // A consumer of a target that was added has nothing of ours yet, and version 0, adopted or not, is in no store.
    const isOurs = current !== 0 && !isExtension(partOf(run, secret));
    const version = isOurs ? versions[String(current)] : undefined;
    const to = refOf(run, secret);
    const credential = versions[String(to.version)]?.credential;
    const from = version === undefined ? null : refFrom(secret)(version);
    return { secret, from, to, ...(credential === undefined ? {} : { credential }) };
  });
}

function secretsOf(changes: readonly Change[]): readonly SecretName[] {
  return changes.map((change) => change.secret);
}

function deliveryOf(run: RunState, id: AttemptId): { secret: RunSecretState; store: string } {
  const secret = run.secrets.find((each) => id.subject.startsWith(`${each.secret}@`));
  if (secret === undefined) throw broken(`${id.subject} is of none of the run's secrets`);
  return { secret, store: id.subject.slice(secret.secret.length + 1) };
}

function partOf(run: RunState, secret: SecretName): RunSecretState {
  const part = run.secrets.find((each) => each.secret === secret);
  if (part === undefined) throw broken(`${secret} is not part of run ${run.run}`);
  return part;
}

function refOf(run: RunState, secret: SecretName): VersionRef {
  const { to, marker } = partOf(run, secret);
  if (marker === null) throw broken(`${secret} has no version in run ${run.run}`);
  return { secret, version: to, marker };
}

/** The version with its material, opened from the journal: the same after a crash as before one. */
function versionOf(shop: Workshop, run: RunState, secret: SecretName): Created {
  const ref = refOf(run, secret);
  const version = shop.journal.tables.get("secret", secret)?.versions[String(ref.version)];
  if (version === undefined) throw broken(`${secret} has no version ${ref.version}`);
  const { credential, createdAt, notAfter } = version;
  return {
    ref,
    credential,
    createdAt,
    notAfter,
    material: shop.journal.unseal(secret, ref.version, "material"),
  };
}

/** Of versions that others make: the material of the one before; undefined where it is none of ours, or erased. */
function replacedBy(shop: Workshop, run: RunState, secret: SecretName): Material | undefined {
  const { from, to } = partOf(run, secret);
  if (!shop.wiring.offers(secret)) return undefined;
  const before =
    from === null || from === to
      ? undefined
      : shop.journal.tables.get("secret", secret)?.versions[String(from)];
  if (before === undefined || before.erased || run.goal === "rollback") return undefined;
  return shop.journal.unseal(secret, before.version, "material");
}

function broken(message: string): RotationError {
  return new RotationError("internal", { kind: "invariant", message });
}
