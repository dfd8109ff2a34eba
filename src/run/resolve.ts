import { recordError, RotationError, type RecordedError } from "../domain/errors.ts";
import type { Consumer, Held } from "../domain/ports.ts";
import type { RunState, SecretState } from "../domain/state.ts";
import type { CredentialRef, Marker, SecretName, VersionNumber } from "../domain/version.ts";
import { consumersOf } from "./crew.ts";
import { withDeadline } from "./deadline.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { settle } from "./settle.ts";
import type { Resolution } from "./work.ts";

const CALL_MS = 60_000;

/**
 * Ends a `needs-operator`. The version named must be what every consumer is seen to use: a person decides, and keyturn
 * still does not revoke what somebody works with. The other version is revoked as left over. Null when it is done.
 */
export async function resolve(
  shop: Workshop,
  recorder: Recorder,
  resolution: Resolution,
): Promise<RecordedError | null> {
  const { secret, keep, reason, actor } = resolution;
  const state = shop.journal.tables.get("secret", secret);
  const run = shop.journal.tables.get("run", state?.needsOperator?.run ?? "");
  if (state === undefined || run === undefined) return nothing(`${secret} does not wait for an operator`);
  const part = run.secrets.find((each) => each.secret === secret);
  const old = state.current ?? 0;
  if (part === undefined || (keep !== part.to && keep !== old)) {
    return nothing(`version ${keep} of ${secret} is neither ${old} nor ${part?.to ?? "–"}`);
  }
  const seen = await settle(lookAt(shop, secret, wanted(state, run, keep)));
  if (!seen.ok) return recordError(seen.error);
  const found = keep === part.to && part.marker === null ? seen.value : null;
  await recorder.record({ type: "resolved", run: run.run, secret, keep, reason, actor, found });
  return null;
}

/** Which held versions are the one to keep. */
function wanted(state: SecretState, run: RunState, keep: VersionNumber): (held: Held) => boolean {
  if (keep === 0) return (held) => held.kind !== "version";
  const marker = state.versions[String(keep)]?.marker;
  if (marker !== undefined) return (held) => held.kind === "version" && held.ref.marker === marker;
  return (held) =>
    held.kind === "version" && held.ref.marker.startsWith(`keyturn:${state.secret}:${run.run}.`);
}

/** Throws unless every consumer holds what is wanted; gives the credential behind it when the issuer can name it. */
async function lookAt(
  shop: Workshop,
  secret: SecretName,
  isWanted: (held: Held) => boolean,
): Promise<{ marker: Marker; credential: CredentialRef } | null> {
  return withDeadline(shop.clock, CALL_MS, shop.signal, async (signal) => {
    const markers = new Set<Marker>();
    for (const consumer of await consumersOf(shop.wiring, [secret], signal)) {
      const held = await heldBy(consumer, secret, signal);
      if (!isWanted(held)) throw otherVersion(consumer, held);
      if (held.kind === "version") markers.add(held.ref.marker);
    }
    const [marker] = markers;
    if (marker === undefined) return null;
    const [credential] = await (await shop.wiring.issuer(secret)).find(marker, signal);
    return credential === undefined ? null : { marker, credential };
  });
}

async function heldBy(consumer: Consumer, secret: SecretName, signal: AbortSignal): Promise<Held> {
  const { items } = await consumer.current(signal);
  return items.find((item) => item.secret === secret)?.held ?? { kind: "absent" };
}

function otherVersion(consumer: Consumer, held: Held): RotationError {
  const uses = held.kind === "version" ? `version ${held.ref.version}` : "something that is not keyturn's";
  return new RotationError("not-in-use", {
    kind: "rejected",
    subject: consumer.id,
    message: `${consumer.id} uses ${uses}`,
    hint: "Bring every consumer to the version that is to stay, then resolve again.",
  });
}

function nothing(message: string): RecordedError {
  const hint = "`keyturn status` shows what waits, `keyturn show RUN` the two versions.";
  return { code: "nothing-to-resolve", kind: "rejected", message, hint };
}
