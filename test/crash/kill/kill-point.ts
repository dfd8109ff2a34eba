/**
 * Where a process is killed: when the tenant or the engine is asked for the Nth time, when the Nth line of the audit log
 * or of the output is written, or after a while. All of it is seen from outside; production code knows nothing of it.
 */
import { existsSync, readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import type { Finished, Running } from "../../e2e/world/start-keyturn.ts";
import type { World } from "../../e2e/world/world.ts";

export type KillPoint =
  /** `applied`: the request takes effect, and its answer comes too late. */
  | { readonly at: "tenant" | "engine"; readonly nth: number; readonly applied: boolean }
  | { readonly at: "audit" | "output"; readonly nth: number }
  | { readonly at: "time"; readonly ms: number };

/** How much there is of each in one undisturbed command. */
export interface Extent {
  tenant: number;
  engine: number;
  audit: number;
  output: number;
  ms: number;
}

export interface Watched extends Finished {
  /** False when the command ended before the point was reached. */
  readonly killed: boolean;
}

/** Runs a command and counts. */
export async function measure(world: World, args: readonly string[]): Promise<Extent> {
  const counts = { tenant: 0, engine: 0, output: 0 };
  world.onRequest((operation) => {
    if (operation !== "token") counts.tenant += 1;
    return null;
  });
  world.onEngineRequest(() => {
    counts.engine += 1;
    return true;
  });
  const before = auditLines(world);
  const { finished } = world.start(args, () => {
    counts.output += 1;
  });
  const { tookMs } = await finished;
  world.stopWatching();
  return { ...counts, audit: auditLines(world) - before, ms: tookMs };
}

export async function runAndKill(world: World, args: readonly string[], point: KillPoint): Promise<Watched> {
  const over = new AbortController();
  let lines = 0;
  const state: { running?: Running; killed?: true } = {};
  const kill = (): void => {
    if (over.signal.aborted) return;
    state.killed = true;
    state.running?.kill("SIGKILL");
  };
  if (point.at === "tenant") killAtTenant(world, point, kill);
  if (point.at === "engine") killAtEngine(world, point, kill);
  if (point.at === "audit") killAtAudit(world, point.nth, kill, over.signal);
  state.running = world.start(args, () => {
    lines += 1;
    if (point.at === "output" && lines === point.nth) kill();
  });
  if (point.at === "time") {
    const timer = setTimeout(kill, point.ms);
    over.signal.addEventListener("abort", () => clearTimeout(timer));
  }
  const finished = await state.running.finished;
  over.abort();
  world.stopWatching();
  return { ...finished, killed: state.killed === true && finished.code === null };
}

function killAtTenant(
  world: World,
  { nth, applied }: KillPoint & { at: "tenant" | "engine" },
  kill: () => void,
): void {
  let seen = 0;
  world.onRequest((operation) => {
    // The consumer signs in as well; keyturn's own sign-ins are met by the other kinds of points.
    if (operation === "token") return null;
    seen += 1;
    if (seen !== nth) return null;
    kill();
    return { kind: "hang", applied };
  });
}

function killAtEngine(
  world: World,
  { nth, applied }: KillPoint & { at: "tenant" | "engine" },
  kill: () => void,
): void {
  let seen = 0;
  world.onEngineRequest(() => {
    seen += 1;
    if (seen !== nth) return true;
    kill();
    return applied;
  });
}

/** What is looked at of a world is where its journal is. */
type Place = Pick<World, "stateDir">;

export function killAtAudit(world: Place, nth: number, kill: () => void, over: AbortSignal): void {
  const before = auditLines(world);
  const watcher = watch(auditDir(world), () => {
    if (auditLines(world) - before >= nth) kill();
  });
  over.addEventListener("abort", () => watcher.close());
}

function auditDir(world: Place): string {
  return join(world.stateDir, "audit");
}

/** Whole lines in the order of their files; what a kill cut off in the middle is none. */
export function readAudit(world: Place): readonly string[] {
  const dir = auditDir(world);
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();
  return files.flatMap((name) => readFileSync(join(dir, name), "utf8").split("\n").slice(0, -1));
}

function auditLines(world: Place): number {
  return readAudit(world).length;
}
