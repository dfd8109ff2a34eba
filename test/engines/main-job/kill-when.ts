/** kill -9 as soon as `--json` tells that a step is where it is wanted. */
import type { StepName, StepState } from "../../../src/domain/run.ts";
import type { JobWorld } from "./start-job.ts";

export interface KillAt {
  readonly step: StepName;
  readonly direction: "do" | "undo";
  readonly state: StepState;
}

export const STEPS_TO_KILL_AT: readonly KillAt[] = [
  { step: "create", direction: "do", state: "running" },
  { step: "deliver", direction: "do", state: "running" },
  { step: "activate", direction: "do", state: "running" },
  { step: "confirm", direction: "do", state: "running" },
  { step: "confirm", direction: "do", state: "done" },
  { step: "activate", direction: "undo", state: "running" },
];

interface Line {
  readonly type: string;
  readonly name?: string;
  readonly direction?: string;
  readonly state?: string;
}

/** "ended" when the command was over before. */
export async function killWhen(
  world: JobWorld,
  args: readonly string[],
  { step, direction, state }: KillAt,
): Promise<"killed" | "ended"> {
  const running = world.start(args, (text) => {
    const line = JSON.parse(text) as Line;
    const isThere = line.name === step && line.direction === direction && line.state === state;
    if (line.type === "step" && isThere) running.kill("SIGKILL");
  });
  return (await running.finished).code === null ? "killed" : "ended";
}
