import { SECOND_MS, type Instant } from "../../src/domain/time.ts";
import { Crowd } from "../../test/crowd/crowd.ts";
import { readStarts } from "../../test/crowd/starts.ts";
import { DaemonChild, runKeyturn } from "../daemon-child.ts";
import { median, type Row } from "../table.ts";

const SIZE = 10_000;
const DUE = 500;
const HANGING = 50;
const BEAT_MS = 30 * SECOND_MS;
/** Over a whole beat: some are due just before one, some just after. */
const SPLAY_MS = BEAT_MS;
const LOADING_MS = 20 * SECOND_MS;

/** In milliseconds after the secret's own due instant. */
interface Late {
  readonly begun: readonly number[];
  readonly acted: readonly number[];
}

/** Five hundred of ten thousand secrets come due within a minute: how late a run begins, and its first effect. */
export async function lateness(): Promise<readonly Row[]> {
  const quiet = await lived(0);
  const hung = await lived(HANGING);
  return [
    row("a run begins", hung.begun, quiet.begun, "< a beat and 10 s"),
    row("its first effect", hung.acted, quiet.acted, "–"),
  ];
}

async function lived(hanging: number): Promise<Late> {
  const crowd = await Crowd.make({ size: SIZE, due: DUE, hanging, splayMs: SPLAY_MS });
  try {
    crowd.beDueAt(Math.ceil((Date.now() + LOADING_MS) / SECOND_MS) * SECOND_MS);
    const dueAt = await dueInstants(crowd);
    const daemon = await DaemonChild.start(crowd.folder);
    await daemon.tells("pivoted", crowd.healthy.length);
    await daemon.kill();
    const { begun, acted } = await readStarts(crowd.stateDir);
    const after = (starts: ReadonlyMap<string, Instant>): readonly number[] =>
      crowd.healthy.map((secret) => (starts.get(secret) ?? Infinity) - (dueAt.get(secret) ?? 0));
    return { begun: after(begun), acted: after(acted) };
  } finally {
    await crowd.close();
  }
}

async function dueInstants({ folder }: Crowd): Promise<ReadonlyMap<string, Instant>> {
  const { stdout } = await runKeyturn(folder, "status", "--json");
  const { secrets } = JSON.parse(stdout) as { secrets: readonly { name: string; dueAt: string }[] };
  return new Map(secrets.map(({ name, dueAt }) => [name, Date.parse(dueAt)]));
}

function row(what: string, hung: readonly number[], quiet: readonly number[], aim: string): Row {
  const worst = Math.max(...hung);
  return {
    what: `${DUE} of ${SIZE} due: ${what} after`,
    keyturn: `${told(hung)} (${HANGING} hang)`,
    against: `${told(quiet)} (none hangs)`,
    ratio: `${((worst - Math.max(...quiet)) / 1000).toFixed(1)} s more at worst`,
    aim,
    met: aim === "–" || worst < BEAT_MS + 10 * SECOND_MS,
  };
}

function told(late: readonly number[]): string {
  return `median ${(median(late) / 1000).toFixed(1)} s, worst ${(Math.max(...late) / 1000).toFixed(1)} s`;
}
