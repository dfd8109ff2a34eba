/** Whether the audit log tells the same as the journal, looked at without repairing either. */
import { closeSync, constants, fstatSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { failed, failedBy, inferred, proved, type Finding } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Entry } from "../../domain/journal-record.ts";
import type { Journal } from "../../domain/ports.ts";
import { AUDIT_FILE, type AuditHead } from "./audit-folder.ts";
import { parseAuditLine } from "./audit-line.ts";
import { lastWholeLine } from "./last-whole-line.ts";

const DIVERGED =
  "Keep both for inspection; then move the audit folder away, and the next worker writes it anew.";

export async function inspectAudit(dir: string, journal: Pick<Journal, "read">): Promise<readonly Finding[]> {
  try {
    return [await compare(headOf(dir), journal)];
  } catch (thrown) {
    if (thrown instanceof RotationError) return [failedBy("audit-in-step", thrown)];
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown fault";
    const hint = "Check that audit.dir belongs to keyturn's user, and that its disk works.";
    return [failed("audit-in-step", `the audit log in ${dir} cannot be read (${code})`, hint)];
  }
}

async function compare(head: AuditHead | null, journal: Pick<Journal, "read">): Promise<Finding> {
  let [met, behind] = [head === null, 0];
  for await (const entry of journal.read(Math.max(1, head?.seq ?? 1))) {
    if (entry.seq !== head?.seq) behind += 1;
    else if (isSame(entry, head)) met = true;
    else return diverged(`entry ${entry.seq} is another one in the audit log than in the journal`);
  }
  if (!met) return diverged(`the audit log reaches entry ${head?.seq ?? 0}, and the journal ends before`);
  if (behind > 0)
    return inferred(
      "audit-in-step",
      `the audit log is ${behind} entries behind; the next worker writes them`,
    );
  return proved(
    "audit-in-step",
    head === null ? "nothing is recorded yet" : `both end with entry ${head.seq}`,
  );
}

function isSame({ hash }: Entry, head: AuditHead): boolean {
  return hash === head.hash;
}

function diverged(message: string): Finding {
  return failed("audit-in-step", message, DIVERGED);
}

/** The newest line of all files; null when there is none. */
function headOf(dir: string): AuditHead | null {
  let head: AuditHead | null = null;
  for (const name of namesIn(dir)) {
    const last = lastOf(join(dir, name));
    if (last !== null && (head === null || last.seq > head.seq)) head = last;
  }
  return head;
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((file) => AUDIT_FILE.test(file));
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
    throw thrown;
  }
}

function lastOf(path: string): AuditHead | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { line } = lastWholeLine(file, fstatSync(file).size);
    return line === null ? null : parseAuditLine(line);
  } finally {
    closeSync(file);
  }
}
