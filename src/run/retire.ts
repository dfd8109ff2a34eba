import { recordError, RotationError, type RecordedError } from "../domain/errors.ts";
import type { RevokeManner, TableReader } from "../domain/ports.ts";
import { isExtension, stepKey } from "../domain/run.ts";
import type { AttemptsState, SecretState } from "../domain/state.ts";
import { MINUTE_MS, SECOND_MS, type Instant } from "../domain/time.ts";
import type { RunId, SecretName, VersionNumber } from "../domain/version.ts";
import { addedStores } from "../plan/added-stores.ts";
import { isRevokedByHand, revokeByHand, waitsForPerson } from "../plan/by-hand.ts";
import { letGo } from "./adopt.ts";
import { consumersOf, userOf, type Reach } from "./crew.ts";
import { withDeadline } from "./deadline.ts";
import type { Outlook, Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { Runner } from "./runner.ts";
import { settle } from "./settle.ts";

/** How long consumers that should have converged long ago may take to show it. */
const CONFIRM_MS = 60 * SECOND_MS;
const POSTPONE_MS = 10 * MINUTE_MS;
const TRIES = 3;
const PAUSE_MS = 2 * SECOND_MS;
const LONGEST_PAUSE_MS = 15 * SECOND_MS;

export interface Retired {
  readonly secret: SecretName;
  readonly version: VersionNumber;
}

/** Whether a worker that comes by now tries to revoke the previous version. `patient` respects a postponement; recovery does not. */
export function isRetireDue(
  secret: SecretState,
  tables: TableReader,
  now: Instant,
  patient: boolean,
): boolean {
  if (secret.retireAt === null || secret.retireAt > now || !isRetirable(secret, tables)) return false;
  return !patient || secret.retireNotBefore === null || secret.retireNotBefore <= now;
}

type Retirable = SecretState & { readonly previous: VersionNumber; readonly retireRun: RunId };

function isRetirable(secret: SecretState, tables: TableReader): secret is Retirable {
  const { previous, retireRun, needsOperator } = secret;
  if (waitsForPerson(secret)) return false;
  return previous !== null && retireRun !== null && needsOperator === null && isAtRest(secret, tables);
}

/** In no run; or in one that waits for its window, only to bring the current version to more targets then. */
function isAtRest({ secret, openRun }: SecretState, tables: TableReader): boolean {
  const run = openRun === null ? undefined : tables.get("run", openRun);
  if (run === undefined) return true;
  return run.phase === "parked" && run.secrets.some((each) => each.secret === secret && isExtension(each));
}

/** Revokes the previous version once `confirm` shows that nobody needs it; null when it was put off. */
export async function retire(
  shop: Workshop,
  recorder: Recorder,
  runner: Runner,
  secret: SecretState,
  manner: RevokeManner = {},
  confirm: typeof confirmCurrent = confirmCurrent,
): Promise<VersionNumber | null> {
  const named = secret.previous === 0 ? await letGo(shop, recorder, secret) : secret;
  if (!isRetirable(named, shop.journal.tables)) return null;
  const { previous, retireRun } = named;
  const confirmed = await settle(confirm(shop, secret));
  if (!confirmed.ok) {
    await postpone(shop, recorder, secret, retireRun, recordError(confirmed.error));
    return null;
  }
  const error = leftToPerson(shop, secret) ?? (await revoke(shop, runner, secret.secret, retireRun, manner));
  if (error === null) return previous;
  await postpone(shop, recorder, secret, retireRun, error);
  return null;
}

/** What nobody but a person can revoke is retired once that person said that it is done. */
export function leftToPerson({ wiring }: Outlook, secret: SecretState): RecordedError | null {
  const byHand = wiring.byHand(secret.secret);
  if (byHand === null || isRevokedByHand(secret, secret.previous)) return null;
  // A newer one that was rolled back has not been ended by anything.
  const isOlder = (secret.previous ?? 0) < (secret.current ?? 0);
  return byHand.endsPrevious && isOlder ? null : revokeByHand(secret, byHand);
}

/** A few tries: a far side that is merely busy is not worth a postponement and an alert. Null when it is revoked. */
async function revoke(
  shop: Workshop,
  runner: Runner,
  secret: SecretName,
  run: RunId,
  manner: RevokeManner,
): Promise<RecordedError | null> {
  const key = stepKey(run, "retire", secret);
  const step = (): AttemptsState | null => runner.state(run).steps[key]?.do ?? null;
  for (let tries = 1; ; tries += 1) {
    const attempt = (step()?.count ?? 0) + 1;
    await runner.attempt({ run, key, step: "retire", subject: secret, direction: "do", attempt }, manner);
    const after = step();
    if (after?.error == null) return null;
    if (after.error.kind === "rejected" || after.error.kind === "invariant" || tries >= TRIES)
      return after.error;
    const askedMs = (after.notBeforeAt ?? 0) - shop.clock.now();
    await settle(shop.clock.sleep(Math.min(Math.max(askedMs, PAUSE_MS), LONGEST_PAUSE_MS), shop.signal));
    if (shop.signal.aborted) return after.error;
  }
}

/** Swarm may have rolled back by itself, or a service may have joined since: whoever reads the secret is asked again. */
export async function confirmCurrent(shop: Workshop, secret: SecretState): Promise<void> {
  const current = secret.versions[String(secret.current)];
  if (current === undefined || current.version === 0) return assertUnused(shop, secret);
  const to = { secret: secret.secret, version: current.version, marker: current.marker };
  const { credential } = current;
  // What the current version has yet to be brought to cannot confirm it; that the previous one is not used there is enough.
  const added = addedStores(secret, shop.wiring.policy(secret.secret));
  const reach: Reach = (_, store) => !added.includes(store);
  await withDeadline(shop.clock, CONFIRM_MS, shop.signal, async (signal) => {
    for (const consumer of await consumersOf(shop.wiring, [secret.secret], signal, reach)) {
      await consumer.confirm([{ secret: secret.secret, from: null, to, credential }], signal);
    }
  });
  if (added.length > 0) await assertUnused(shop, secret, (_, store) => added.includes(store));
}

/** Where there is nothing of ours to confirm, as when version 0 is current, the previous version must be seen nowhere. */
async function assertUnused(
  shop: Workshop,
  { secret, previous, versions }: SecretState,
  reach?: Reach,
): Promise<void> {
  const marker = versions[String(previous)]?.marker ?? "";
  const user = await withDeadline(shop.clock, CONFIRM_MS, shop.signal, (signal) =>
    userOf(shop.wiring, secret, marker, signal, reach),
  );
  if (user === null) return;
  throw new RotationError("not-in-use", {
    kind: "rejected",
    subject: user,
    message: `${user} still uses version ${previous}`,
    hint: `Let ${user} use what the others use; then \`keyturn recover\` revokes version ${previous}.`,
  });
}

async function postpone(
  shop: Workshop,
  recorder: Recorder,
  secret: SecretState,
  run: string,
  error: RecordedError,
): Promise<void> {
  const until = shop.clock.now() + POSTPONE_MS;
  await recorder.record({ type: "retire-postponed", run, secret: secret.secret, until, error });
  // What a person is to do is told by the reminders, which no crash can lose.
  if (secret.retireError?.code === error.code || error.code === "revoke-by-hand") return;
  await recorder.record({ type: "alert", secret: secret.secret, run, error });
}
