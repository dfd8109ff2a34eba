import { newSecret } from "../../domain/new-secret.ts";
import type { RunState, SecretState, StepRow, VersionState } from "../../domain/state.ts";
import type { SecretName, VersionNumber } from "../../domain/version.ts";
import type { TableWriter } from "../fold.ts";
import { owedKeys } from "./owed.ts";

export function secretRow(rows: TableWriter, secret: SecretName): SecretState {
  return rows.get("secret", secret) ?? newSecret(secret);
}

export function changeSecret(rows: TableWriter, secret: SecretName, change: Partial<SecretState>): void {
  rows.put("secret", secret, { ...secretRow(rows, secret), ...change });
}

export function changeVersion(
  rows: TableWriter,
  secret: SecretName,
  version: VersionNumber,
  change: Partial<VersionState>,
): void {
  const row = secretRow(rows, secret);
  const found = row.versions[String(version)];
  if (found === undefined) return;
  rows.put("secret", secret, {
    ...row,
    versions: { ...row.versions, [String(version)]: { ...found, ...change } },
  });
}

/** Every change of a run goes through here, so that what it owes is always up to date. */
export function putRun(rows: TableWriter, run: RunState): void {
  rows.put("run", run.run, { ...run, owed: owedKeys(run) });
}

export function putStep(run: RunState, step: StepRow): RunState {
  return { ...run, steps: { ...run.steps, [step.key]: step } };
}
