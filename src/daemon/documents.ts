/** The state as JSON documents, for those who may look and may not open the journal: the same that the command line prints. */
import type { RunState } from "../domain/state.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import { isoOrNull, SECOND_MS, type Clock } from "../domain/time.ts";
import { statusRows } from "../plan/health.ts";
import type { JournalView } from "./journal-view.ts";

export interface Documents {
  status(): string;
  history(secret: string | null, limit: number): string;
  /** Null when the journal holds no run of that id. */
  run(id: string): string | null;
}

export interface DocumentGround {
  readonly clock: Clock;
  readonly journal: () => JournalView;
  readonly policies: () => readonly SecretPolicy[];
}

/** Whoever asks again and again costs one look at the journal in this time. */
const FRESH_MS = 2 * SECOND_MS;

export function documentsOf({ clock, journal, policies }: DocumentGround): Documents {
  let kept = { text: "", untilMs: -Infinity };
  return {
    status: () => {
      if (kept.untilMs > clock.monotonicMs()) return kept.text;
      const now = clock.now();
      const rows = journal().read(({ tables }) => statusRows(tables, policies(), now));
      kept = { text: `${JSON.stringify({ secrets: rows })}\n`, untilMs: clock.monotonicMs() + FRESH_MS };
      return kept.text;
    },
    history: (secret, limit) => {
      const runs = journal().read((look) => look.history(secret ?? undefined, limit));
      return `${JSON.stringify({ runs: runs.map(brief) })}\n`;
    },
    run: (id) => {
      const run = journal().read((look) => look.run(id));
      return run === undefined ? null : `${JSON.stringify(brief(run))}\n`;
    },
  };
}

function brief({
  run,
  goal,
  phase,
  trigger,
  reason,
  startedAt,
  endedAt,
  secrets,
  outcomes,
}: RunState): object {
  return {
    run,
    goal,
    phase,
    trigger,
    reason,
    startedAt: isoOrNull(startedAt),
    endedAt: isoOrNull(endedAt),
    secrets: secrets.map((each) => each.secret),
    outcomes,
  };
}
