/**
 * What a run does next: a pure function of its folded state, so that going on, recovering from a crash and rolling
 * back are one and the same code. The runner carries the actions out, journals what came of them, and asks again.
 */
import type { RunState } from "../domain/state.ts";
import type { Action, NextContext } from "./next/action.ts";
import { endOfRun } from "./next/end-of-run.ts";
import { nextForward } from "./next/forward.ts";
import { nextReverting } from "./next/reverting.ts";

/** Actions of one batch may be carried out side by side. */
export function nextActions(run: RunState, context: NextContext): readonly Action[] {
  switch (run.phase) {
    case "parked":
      if (run.parkedUntil !== null && run.parkedUntil > context.now) return [{ kind: "stop" }];
      return [{ kind: "record", body: { type: "run-resumed", run: run.run } }];
    case "forward":
      return nextForward(run, context);
    case "reverting":
      return nextReverting(run, context);
    case "pivoted":
      return [{ kind: "record", body: endOfRun(run, context) }];
    case "ended":
      return [{ kind: "stop" }];
  }
}
