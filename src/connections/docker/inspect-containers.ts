import { failed, looked, proved, type Finding } from "../../domain/check.ts";
import { describeSubject, noneRuns, runningContainers } from "./running-containers.ts";
import type { ContainerSubject, Engine } from "./running-containers.ts";

/** Whether what a configuration names runs on that engine. */
export async function inspectContainers(
  engine: Engine,
  subject: ContainerSubject,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return looked("container", async () => {
    const ids = await runningContainers(engine, subject, signal);
    const whose = describeSubject(subject);
    if (ids.length > 0) return [proved("container", `${ids.length} of the ${whose} run at ${engine.host}`)];
    const { message, hint } = noneRuns(whose, engine);
    return [failed("container", message, hint ?? "")];
  });
}
