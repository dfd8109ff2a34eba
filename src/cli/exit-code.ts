/** Exit codes: 0 done, 1 failed and undone, 2 usage or configuration, 3 needs an operator, 4 refused before it began. */
import type { ErrorCode, RecordedError } from "../domain/errors.ts";
import type { RotationError } from "../domain/errors.ts";
import { endedWell, type SecretOutcome } from "../domain/run.ts";

export type ExitCode = 0 | 1 | 2 | 3 | 4;

const OF_OUTCOME: Readonly<Record<SecretOutcome, ExitCode>> = {
  rotated: 0,
  delivered: 0,
  resolved: 0,
  parked: 0,
  "rolled-back": 1,
  refused: 4,
  "needs-operator": 3,
};

/** Worst first. */
const PRECEDENCE: readonly ExitCode[] = [3, 1, 2, 4];

const USAGE: ReadonlySet<ErrorCode> = new Set([
  "config-not-found",
  "config-invalid",
  "usage",
  "seal-key-invalid",
  "file-exists",
  "unknown-secret",
  "unknown-run",
  "unknown-scan",
  "secret-unconfigured",
]);

/** How it ended for one secret, as far as the exit code goes. */
interface Ended {
  readonly outcome: SecretOutcome;
  readonly error: Pick<RecordedError, "code"> | null;
}

/** Refused for what the configuration says, such as a file that is not there, is a fault of the configuration. */
export function exitCodeOfResults(results: readonly Ended[]): ExitCode {
  const codes = new Set(results.map((ended) => codeOf(ended)));
  return PRECEDENCE.find((code) => codes.has(code)) ?? 0;
}

function codeOf(ended: Ended): ExitCode {
  if (endedWell(ended)) return 0;
  const { outcome, error } = ended;
  return outcome === "refused" && error !== null && USAGE.has(error.code) ? 2 : OF_OUTCOME[outcome];
}

/** `otherwise` is what an error means that is neither usage nor configuration. */
export function exitCodeOfError(error: RotationError, otherwise: ExitCode): ExitCode {
  if (USAGE.has(error.code)) return 2;
  return error.code === "lease-held" ? 4 : otherwise;
}
