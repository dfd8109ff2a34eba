/** Measures the case that is named and prints its rows as JSON: the other half of `main.ts`. */
import type { Row } from "./table.ts";

/** Loaded one by one: what another case needs must not count for this one. */
const CASES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  "status-start": async () => (await import("./cases/status-start.ts")).statusStart(),
  rotation: async () => (await import("./cases/rotation.ts")).rotation(),
  "first-call": async () => (await import("./cases/first-call.ts")).firstCall(),
  "durable-records": async () => (await import("./cases/durable-records.ts")).durableRecords(),
  "decide-and-plan": async () => (await import("./cases/decide-and-plan.ts")).decideAndPlan(),
  lockdown: async () => (await import("./cases/lockdown.ts")).lockdown(),
  "recover-runs": async () => (await import("./cases/recover-runs.ts")).recoverRuns(),
  heartbeat: async () => (await import("./cases/heartbeat.ts")).heartbeat(),
  lateness: async () => (await import("./cases/lateness.ts")).lateness(),
  "idle-daemon": async () => (await import("./cases/idle-daemon.ts")).idleDaemon(),
  "certificate-files": async () => (await import("./cases/certificate-files.ts")).certificateFiles(),
  "certificate-endpoints": async () =>
    (await import("./cases/certificate-endpoints.ts")).certificateEndpoints(),
};

const measure = CASES[process.argv[2] ?? ""];
if (measure === undefined)
  throw new Error(`no case of that name; there are ${Object.keys(CASES).join(", ")}`);
process.stdout.write(JSON.stringify(await measure()));
