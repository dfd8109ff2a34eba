import type { RecordedError } from "../domain/errors.ts";
import type { RunConsumer } from "../domain/run.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import { admitRollback, type RollbackAdmission } from "../plan/admit-rollback.ts";
import type { Candidate } from "../plan/plan.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { refusedResult, resultsOf } from "./results.ts";
import type { Runner } from "./runner.ts";
import { survey } from "./survey.ts";
import type { RollbackRequest, SecretResult } from "./work.ts";

/**
 * Brings every consumer back to the version before the current one, in a run of its own. While it is open nothing is
 * retired; when everyone has confirmed, the bad version takes the place of the previous one, with no overlap.
 */
export async function rollBack(
  shop: Workshop,
  recorder: Recorder,
  runner: Pick<Runner, "drive" | "state">,
  request: RollbackRequest,
): Promise<readonly SecretResult[]> {
  const begun = await begin(shop, recorder, request);
  if ("error" in begun) return [refusedResult(shop, request.secret, begun.error)];
  await runner.drive(begun.run);
  return resultsOf(shop, runner.state(begun.run));
}

async function begin(
  shop: Workshop,
  recorder: Recorder,
  { secret, reason, actor }: RollbackRequest,
): Promise<{ readonly run: RunId } | { readonly error: RecordedError }> {
  const admission = admitted(shop, secret);
  if (admission.admit === "refused") return admission;
  const { from, to } = admission;
  const { window } = shop.wiring.policy(secret).policy;
  const windowIgnored = window === null ? null : "a rollback does not wait";
  const surveyed = await survey(shop, secret, { reason: "requested", waitForWindow: false, windowIgnored });
  if ("error" in surveyed) return surveyed;
  const { stores, consumers } = surveyed.candidate;
  await shop.checkRoom();
  const run = shop.newRunId();
  await recorder.record({
    type: "run-started",
    run,
    goal: "rollback",
    trigger: "manual",
    reason,
    actor,
    secrets: [{ secret, from, to, reason: "requested", stores, after: [] }],
    consumers: joined(secret, consumers),
    waitForWindow: false,
    windowIgnored,
    revokeNow: true,
  });
  return { run };
}

function admitted({ journal, clock }: Workshop, name: SecretName): RollbackAdmission {
  const { tables } = journal;
  const secret = tables.get("secret", name);
  const retiring = tables.get("run", secret?.retireRun ?? "");
  const first = tables.get("run", secret?.firstRun ?? "");
  return admitRollback(name, secret, retiring, first, clock.now());
}

/** One that several targets lead to is switched once. */
function joined(secret: SecretName, consumers: Candidate["consumers"]): readonly RunConsumer[] {
  const byId = new Map(consumers.map((each) => [each.id, { ...each, secrets: [secret] }]));
  return [...byId.values()];
}
