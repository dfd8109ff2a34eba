/** Looks at certificates once more, and journals what is new and what is over. Nothing outside changes: there is no intent. */
import type { JournalRecord } from "../domain/journal-record.ts";
import type { OpenFinding, ScanName } from "../domain/scan.ts";
import { compareScans } from "../plan/compare-scans.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { ScanResult } from "./work.ts";

/** A person reads so many alerts; the record has all of them. */
const MOST_ALERTS = 20;

export async function scan(shop: Workshop, recorder: Recorder, name: ScanName): Promise<ScanResult> {
  const { targets, findings } = await shop.scans.look(name, shop.signal);
  const before = lastScan(shop.journal, name)?.open ?? [];
  const change = compareScans(before, findings, shop.clock.now());
  await recorder.record({ type: "certificates-scanned", scan: name, targets, ...change });
  for (const finding of change.appeared.slice(0, MOST_ALERTS)) await alert(recorder, name, finding);
  return { scan: name, targets, ...change };
}

/** Of the newest record of this scan. */
export function lastScan(
  journal: Pick<Workshop["journal"], "newest">,
  name: ScanName,
): (JournalRecord & { type: "certificates-scanned" }) | undefined {
  for (const { record } of journal.newest("certificates-scanned"))
    if (record.type === "certificates-scanned" && record.scan === name) return record;
  return undefined;
}

async function alert(recorder: Recorder, scan: ScanName, { target, message }: OpenFinding): Promise<void> {
  await recorder.record({
    type: "alert",
    secret: null,
    run: null,
    error: {
      code: "certificate-finding",
      kind: "rejected",
      message: `${target}: ${message}`,
      hint: `\`keyturn cert check\` of it says what mends it; the next scan \`${scan}\` tells when it is over.`,
    },
  });
}
