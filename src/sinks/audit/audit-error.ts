import { RotationError } from "../../domain/errors.ts";

const NO_SPACE: readonly unknown[] = ["ENOSPC", "EDQUOT"];

export function isNoSpace(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && NO_SPACE.includes(thrown.code);
}

/** The audit log could not be written this time. */
export function auditUnwritable(thrown: unknown, dir: string): RotationError {
  if (thrown instanceof RotationError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown fault";
  return new RotationError("audit-unavailable", {
    kind: "transient",
    message: `could not write the audit log in ${dir} (${code})`,
    hint: isNoSpace(thrown)
      ? "Free space where audit.dir is; keyturn goes on by itself."
      : "Check that audit.dir exists, belongs to keyturn's user, and that its disk works.",
  });
}

/** The audit log and the journal do not tell the same story. */
export function auditDiverged(message: string, dir: string): RotationError {
  return new RotationError("audit-unavailable", {
    kind: "invariant",
    message,
    hint:
      `If the journal was restored from a back-up, move the files in ${dir} to where they are kept, and keyturn ` +
      "writes new ones from the journal; otherwise find out who changed one of the two.",
  });
}
