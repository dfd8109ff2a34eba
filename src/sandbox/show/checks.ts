/** Whether things are as they should be. Each check gives what is wrong, in words; nothing when all is well. */
import { parseMarker } from "../../domain/version.ts";
import type { Counts } from "../app/messages.ts";
import { runEnded, type Finished, type RunEnded } from "./keyturn.ts";
import type { Show } from "./show.ts";
import type { Visits } from "./visitors.ts";
import type { SeenSignIns } from "./world.ts";
import { SECRET } from "./write-config.ts";

export type Problems = readonly string[];

export interface ExpectedEnd {
  readonly outcome: RunEnded["outcome"];
  readonly exitCode: number;
  /** The version in use afterwards. */
  readonly version: number;
  readonly errorCode?: string;
}

export function checkEnd(finished: Finished, expected: ExpectedEnd, secret = SECRET): Problems {
  const ended = runEnded(finished, secret);
  if (ended === undefined) {
    const said = finished.stderr.trim();
    return [
      `keyturn told no end of its run (exit ${finished.exitCode ?? "by a signal"})${said && `: ${said}`}`,
    ];
  }
  const problems: string[] = [];
  const expect = (what: string, seen: unknown, wanted: unknown): void => {
    if (seen !== wanted) problems.push(`${what} is ${String(seen)}, expected ${String(wanted)}`);
  };
  expect("the run's outcome", ended.outcome, expected.outcome);
  expect("keyturn's exit code", finished.exitCode, expected.exitCode);
  expect("the version in use", ended.version, expected.version);
  if (expected.errorCode !== undefined) expect("the reason", ended.error?.code, expected.errorCode);
  return problems;
}

/** The far side against the journal, once everything has come to rest. */
export async function checkRest(show: Show, version: number): Promise<Problems> {
  const problems: string[] = [];
  const { marked, madeByHand } = show.world.live();
  const runs = marked.map((marker) => parseMarker(marker)?.run);
  if (runs.length !== 1 || runs[0] !== show.currentRun) {
    problems.push(`Entra holds ${marked.length} secrets of keyturn's, expected v${version} alone`);
  }
  if (madeByHand !== 1) problems.push("the secret made by hand is gone, and keyturn must not touch it");
  const [status] = (await show.ask(["status", SECRET])) as readonly [StatusDocument];
  const row = status.secrets[0];
  if (row?.version !== version || row.previous !== null) {
    problems.push(
      `\`keyturn status\` says ${JSON.stringify(row)}, expected v${version} and no previous version`,
    );
  }
  if (show.world.application.counts.version !== version) {
    problems.push(
      `the application signs in with v${show.world.application.counts.version}, expected v${version}`,
    );
  }
  return problems;
}

interface StatusDocument {
  readonly secrets: readonly { readonly version: number | null; readonly previous: unknown }[];
}

/** Once visitors have come since the end of the run. */
export function checkVisits({ tried, failed, served }: Visits, expected: string): Problems {
  const problems: string[] = [];
  if (tried === 0) problems.push("nobody visited the page");
  if (failed > 0) problems.push(`${failed} of ${tried} visits failed`);
  if (served !== expected) problems.push("the page does not serve the renewed certificate");
  return problems;
}

/** After the application has ended: its count and the stand-in's. */
export function checkSignIns(
  { tried, failed }: Counts,
  { refused }: SeenSignIns,
  stillRan: boolean,
): Problems {
  const problems: string[] = [];
  if (!stillRan) problems.push("the application ended by itself");
  if (tried === 0) problems.push("the application never tried to sign in");
  if (failed > 0) problems.push(`${failed} of the application's ${tried} sign-ins failed`);
  if (refused > 0) problems.push(`the stand-in refused ${refused} of the application's sign-ins`);
  return problems;
}
