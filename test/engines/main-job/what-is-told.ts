/** What the reading commands say of a secret and its last run, and what the tenant and the swarm say. */
import { openJournalReadOnly } from "../../../src/journal/journal-reader.ts";
import { SECRET } from "../../e2e/world/world.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";
import { lines } from "./sample-service.ts";
import type { JobWorld } from "./start-job.ts";

interface Status {
  readonly secrets: readonly {
    readonly version: number | null;
    readonly previous: { readonly version: number } | null;
    readonly evidence: string | null;
    readonly health: string;
    readonly foreign: number;
    readonly lastRun: { readonly run: string; readonly outcome: string } | null;
  }[];
}

interface History {
  readonly runs: readonly { readonly run: string; readonly outcome: string | null }[];
}

interface Shown extends Record<string, unknown> {
  readonly outcome: string | null;
  readonly steps: readonly { readonly name: string; readonly state: string }[];
}

export interface Reported {
  readonly version: number | null;
  readonly previous: number | null;
  readonly evidence: string | null;
  readonly health: string;
  readonly foreign: number;
  /** Of the last run, as `status`, `history` and `show` have it. */
  readonly outcomes: readonly (string | null | undefined)[];
  /** Of the last run. */
  readonly steps: readonly string[];
}

export async function reported(world: JobWorld): Promise<Reported> {
  const [status] = (await read<Status>(world, "status", SECRET)).secrets;
  const history = await read<History>(world, "history", SECRET);
  if (status?.lastRun == null) throw new Error(`${SECRET} has no run`);
  const { run, outcome } = status.lastRun;
  const shown = await read<Shown>(world, "show", run);
  return {
    version: status.version,
    previous: status.previous?.version ?? null,
    evidence: status.evidence,
    health: status.health,
    foreign: status.foreign,
    outcomes: [outcome, history.runs.find((each) => each.run === run)?.outcome, shown.outcome],
    steps: shown.steps.map(({ name, state }) => `${name} ${state}`),
  };
}

async function read<T>(world: JobWorld, ...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await world.keyturn(...args, "--json");
  if (code !== 0) throw new Error(`keyturn ${args.join(" ")} ended with ${String(code)}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Names of the Docker secrets of a family: the unversioned one and whatever is named like a version. */
export async function dockerSecrets(swarm: RealSwarm, mount: string): Promise<readonly string[]> {
  const all = lines(await swarm.docker(["secret", "ls", "--format", "{{.Name}}"]));
  return all.filter((name) => name === mount || name.startsWith(`${mount}_v`)).sort();
}

/** The secret text of a version, if the tenant holds it live. */
export function liveText(world: JobWorld, version: number): string | undefined {
  const marker = markerOf(world, version);
  return world.entra.credentialsOf(world.appId).find(({ displayName }) => displayName === marker)?.secretText;
}

function markerOf(world: JobWorld, version: number): string {
  const reader = openJournalReadOnly(world.stateDir);
  try {
    const marker = reader.tables.get("secret", SECRET)?.versions[String(version)]?.marker;
    if (marker === undefined) throw new Error(`the journal knows no version ${version}`);
    return marker;
  } finally {
    reader.close();
  }
}
