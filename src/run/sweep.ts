import { recordError, RotationError } from "../domain/errors.ts";
import { stepKey } from "../domain/run.ts";
import type { SweepState } from "../domain/state.ts";
import { DAY_MS, SECOND_MS, type Instant } from "../domain/time.ts";
import type { CredentialRef, Marker, SecretName } from "../domain/version.ts";
import { userOf } from "./crew.ts";
import { withDeadline } from "./deadline.ts";
import type { Workshop } from "./ports.ts";
import { doneResult, failedResult, type Recorder } from "./recorder.ts";
import { settle } from "./settle.ts";

/** Reads lag writes: an empty answer counts only this long after the attempt ended, and only so far from the last. */
const COUNTS_AFTER_MS = 60 * SECOND_MS;
const SPACING_MS = 15 * SECOND_MS;
const EMPTY_READS = 5;
const CALL_MS = 30 * SECOND_MS;

/** Looks once for each of a secret's markers that is due a look. Never waits; failures are left to the next worker. */
export async function sweep(shop: Workshop, recorder: Recorder, secret: SecretName): Promise<void> {
  const now = shop.clock.now();
  for (const row of shop.journal.tables.sweepsOf(secret)) {
    if (shop.signal.aborted) return;
    const at = nextLookAt(row);
    if (at !== null && at <= now) await look(shop, recorder, row);
  }
}

/** Looks for the strays of one secret whatever the time: they may be what stands in the way of a create. */
export async function lookForStrays(shop: Workshop, recorder: Recorder, secret: SecretName): Promise<void> {
  for (const row of shop.journal.tables.sweepsOf(secret)) {
    if (row.state === "listed") await look(shop, recorder, row);
  }
}

/** When the next look makes sense; null for an entry that waits for an operator. */
export function nextLookAt(row: SweepState): Instant | null {
  if (row.state === "blocked") return null;
  if (row.state === "watched") return (row.lastReadAt ?? row.since) + DAY_MS;
  return row.lastReadAt === null ? row.since : row.lastReadAt + SPACING_MS;
}

/** Not being able to look proves nothing: the entry stays as it is. */
async function look(shop: Workshop, recorder: Recorder, row: SweepState): Promise<void> {
  const { secret, marker } = row;
  const seen = await settle(search(shop, row));
  if (!seen.ok) return;
  if (seen.value.used) return block(recorder, row);
  const found = seen.value.credentials;
  const counts = shop.clock.now() - row.since >= COUNTS_AFTER_MS;
  await recorder.record({ type: "swept", secret, marker, found: found.length, counts });
  if (found.length > 0) return revokeAll(shop, recorder, row, found);
  await endWhenAbsent(shop, recorder, row, counts);
}

async function search(
  shop: Workshop,
  { secret, marker }: SweepState,
): Promise<{ credentials: readonly CredentialRef[]; used: boolean }> {
  const issuer = await shop.wiring.issuer(secret);
  const credentials = await withDeadline(shop.clock, CALL_MS, shop.signal, (signal) =>
    issuer.find(marker, signal),
  );
  return { credentials, used: credentials.length > 0 && (await isUsed(shop, secret, marker)) };
}

async function endWhenAbsent(
  shop: Workshop,
  recorder: Recorder,
  row: SweepState,
  counts: boolean,
): Promise<void> {
  const { secret, marker } = row;
  if (row.state === "listed" && counts && row.emptyReads + 1 >= EMPTY_READS) {
    await recorder.record({ type: "sweep-ended", secret, marker, why: "absent" });
  }
  if (row.state === "watched" && row.watchUntil !== null && shop.clock.now() >= row.watchUntil) {
    await recorder.record({ type: "sweep-ended", secret, marker, why: "watched" });
  }
}

/**
 * A credential that this journal takes for dead, yet a consumer uses: a back-up restored from the middle of a run
 * looks exactly like that. Only a person can tell.
 */
async function block(recorder: Recorder, row: SweepState): Promise<void> {
  const { secret, marker, run } = row;
  const error = new RotationError("in-use-unexpectedly", {
    kind: "invariant",
    subject: secret,
    message: `a consumer of ${secret} uses the credential marked ${marker}, which this journal does not hold as live`,
    hint: "The journal may have been restored from a back-up. Nothing was revoked; rotate the secret to replace it.",
  });
  // The entry leaves the list last: a crash before that finds it there, and blocks again.
  await recorder.record({ type: "needs-operator", run, secrets: [secret], errors: [recordError(error)] });
  await recorder.record({ type: "sweep-ended", secret, marker, why: "operator" });
}

async function isUsed(shop: Workshop, secret: SecretName, marker: Marker): Promise<boolean> {
  const user = await withDeadline(shop.clock, CALL_MS, shop.signal, (signal) =>
    userOf(shop.wiring, secret, marker, signal),
  );
  return user !== null;
}

async function revokeAll(
  shop: Workshop,
  recorder: Recorder,
  row: SweepState,
  found: readonly CredentialRef[],
): Promise<void> {
  const { secret, marker, run } = row;
  const subject = `${secret}#${marker.slice(marker.lastIndexOf(".") + 1)}`;
  const key = stepKey(run, "create", subject);
  const attempt = (shop.journal.tables.get("run", run)?.steps[key]?.undo?.count ?? 0) + 1;
  const id = { run, key, step: "create", subject, direction: "undo", attempt } as const;
  await recorder.intent(id, shop.clock.now() + CALL_MS, marker, []);
  const revoked = await settle(revoke(shop, secret, found));
  // It stays on the list until it is seen gone: a far side may answer "gone" of what it does not see yet.
  await recorder.outcome(id, revoked.ok ? doneResult() : failedResult(revoked.error));
}

async function revoke(shop: Workshop, secret: SecretName, found: readonly CredentialRef[]): Promise<void> {
  const issuer = await shop.wiring.issuer(secret);
  for (const ref of found) {
    await withDeadline(shop.clock, CALL_MS, shop.signal, (signal) => issuer.revoke(ref, signal));
  }
}
