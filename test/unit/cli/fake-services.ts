/** Services whose far side is the test: what was asked of them, what they answer, and what was printed. */
import { Readable, Writable } from "node:stream";
import { runProgram } from "../../../src/cli/program.ts";
import type { CertificateCheck, Services, StateReader, WorkOptions } from "../../../src/cli/services.ts";
import type { TargetReport } from "../../../src/certificates/index.ts";
import type { LoadedConfig } from "../../../src/config/config.ts";
import type { Check } from "../../../src/domain/check.ts";
import type { Discovery } from "../../../src/domain/discovery.ts";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import type { RunState, SecretState, Tables } from "../../../src/domain/state.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import type { Forecast } from "../../../src/run/forecast.ts";
import type { PlanRequest } from "../../../src/run/planner.ts";
import type { WorkRequest, WorkResult } from "../../../src/run/work.ts";

export const NOW = Date.parse("2026-11-23T12:00:00Z");

export const NOTHING: WorkResult = {
  recovered: [],
  rotated: [],
  notDue: [],
  retired: [],
  adopted: [],
  sweeping: { left: 0, nextAt: null },
  alerts: [],
};

export const NOTHING_FORESEEN: Forecast = {
  runs: [],
  refused: [],
  notDue: [],
  retired: [],
  adopted: [],
  recovered: [],
};

export function policy(
  secret: string,
  more: Partial<SecretPolicy["policy"]> = {},
  labels = {},
): SecretPolicy {
  return {
    secret,
    labels,
    dependsOn: [],
    notWith: [],
    stores: [],
    policy: {
      name: "p",
      maxAgeMs: 90 * DAY_MS,
      cron: null,
      renewBefore: { ms: 14 * DAY_MS },
      timezone: "UTC",
      window: null,
      splayMs: 0,
      overlapMs: DAY_MS,
      keep: 2,
      retry: { attempts: 6, firstMs: 10_000, maxMs: 1_800_000 },
      allowGap: false,
      ...more,
    },
  };
}

export function secretState(
  secret: string,
  more: Partial<SecretState> = {},
  version: Partial<SecretState["versions"][string]> = {},
): SecretState {
  return {
    secret,
    highest: 4,
    versions: {
      4: {
        version: 4,
        stage: "current",
        run: "01r",
        marker: `keyturn:${secret}:01r.1`,
        credential: { id: "k4", marker: `keyturn:${secret}:01r.1` },
        createdAt: NOW - 10 * DAY_MS,
        notAfter: NOW + 170 * DAY_MS,
        promotedAt: NOW - 10 * DAY_MS,
        evidence: "in-use",
        stores: [],
        erased: false,
        ...version,
      },
    },
    current: 4,
    previous: null,
    retireAt: null,
    retireRun: null,
    retireNotBefore: null,
    retireError: null,
    openRun: null,
    lastRun: { run: "01r", outcome: "rotated", endedAt: NOW - 10 * DAY_MS },
    failures: 0,
    holdOffUntil: null,
    needsOperator: null,
    pruneAfter: null,
    foreignContent: false,
    firstRun: null,
    held: false,
    foreign: 0,
    ...more,
  };
}

export interface Answers {
  readonly discovery?: Discovery;
  readonly policies?: readonly SecretPolicy[];
  readonly secrets?: readonly SecretState[];
  readonly runs?: readonly RunState[];
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly stdin?: ReturnType<Services["stdin"]>;
  readonly signal?: AbortSignal;
  readonly stdout?: Services["stdout"];
  loadConfig?(file: string): Promise<LoadedConfig>;
  readonly forecast?: Forecast;
  readonly checks?: readonly Check[];
  readonly reports?: readonly TargetReport[];
  readonly managed?: ReadonlyMap<string, readonly string[]>;
  work?(request: WorkRequest, options: WorkOptions): Promise<WorkResult>;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly requests: readonly WorkRequest[];
  /** What a plan was asked for. */
  readonly planned: readonly PlanRequest[];
  /** What the doctor was asked to look at. */
  readonly examined: readonly (readonly string[] | null)[];
  readonly checked: readonly CertificateCheck[];
}

export async function keyturn(argv: readonly string[], answers: Answers = {}): Promise<Outcome> {
  const out = collector(answers.isTTY === true);
  const err = collector(false);
  const requests: WorkRequest[] = [];
  const planned: PlanRequest[] = [];
  const examined: (readonly string[] | null)[] = [];
  const checked: CertificateCheck[] = [];
  let code = 0;
  const policies = answers.policies ?? [policy("api")];
  const services: Services = {
    version: "1.2.3",
    stdin: () => answers.stdin ?? (Readable.from([]) as unknown as ReturnType<Services["stdin"]>),
    stdout: answers.stdout ?? out.stream,
    stderr: err.stream,
    env: answers.env ?? {},
    signal: answers.signal ?? new AbortController().signal,
    now: () => NOW,
    setExitCode: (next) => void (code = next),
    loadConfig: answers.loadConfig ?? (async (file) => config(file, policies)),
    loadWithoutSchedules: async (file) => config(file, []),
    configSchema: async () => ({ title: "keyturn" }),
    discover: async () => answers.discovery ?? { issuers: [], targets: [], failures: [] },
    work: async (_config, request, options) => {
      requests.push(request);
      return (await answers.work?.(request, options)) ?? NOTHING;
    },
    plan: async (_config, request) => {
      planned.push(request);
      return answers.forecast ?? NOTHING_FORESEEN;
    },
    doctor: async (_config, secrets) => {
      examined.push(secrets);
      return answers.checks ?? [];
    },
    checkCertificates: async (check) => {
      checked.push(check);
      return { reports: answers.reports ?? [], anchors: 3 };
    },
    listCertificates: async () => ({ reports: answers.reports ?? [], managed: answers.managed ?? new Map() }),
    openReader: async () => reader(answers, policies),
    backUp: async () => ({ entries: 0, schema: 1 }),
    rekey: async () => ({ from: "a", to: "b", dataKeys: 0, unfinished: null, untold: null }),
    lockdown: async () => [],
    drill: async () => ({ scope: "sam", ok: true, phases: [], warnings: [], checks: [] }),
    verifyEvidence: async () => {
      throw new Error("no evidence here");
    },
    lift: async () => ({ lockdown: null, outcome: "not-locked", shortfalls: [] }),
    daemon: async () => null,
    serveWorker: async () => undefined,
    generateSealKey: async () => `${Buffer.alloc(32, 7).toString("base64")}\n`,
  };
  await runProgram(services, argv);
  return { code, out: out.text(), err: err.text(), requests, planned, examined, checked };
}

function config(file: string, policies: readonly SecretPolicy[]): LoadedConfig {
  const leaf = { kind: "x", config: {} };
  return {
    file,
    files: [file],
    stateDir: "/s",
    sealKeyFile: "/k",
    auditDir: "/s/audit",
    control: {
      operator: "/s/operator.sock",
      viewer: "/s/viewer.sock",
      operatorGroup: null,
      viewerGroup: null,
    },
    http: null,
    logLevel: "info",
    connections: new Map(),
    scans: [],
    secrets: policies.map((of) => ({ ...of, issuer: leaf, targets: [], probes: [], caches: [] })),
    lockdown: new Map(),
    notify: new Map(),
    warnings: [],
    fingerprint: "f",
  };
}

function reader({ secrets = [], runs = [] }: Answers, policies: readonly SecretPolicy[]): StateReader {
  const rows = {
    secret: new Map(secrets.map((row) => [row.secret, row])),
    run: new Map(runs.map((row) => [row.run, row])),
    sweep: new Map(),
    lockdown: new Map(),
  };
  return {
    tables: {
      get: <T extends keyof Tables>(table: T, key: string) => rows[table].get(key) as Tables[T] | undefined,
      all: <T extends keyof Tables>(table: T) => [...rows[table].values()] as Tables[T][],
      openRuns: () => [],
      sweepsOf: () => [],
    },
    policies,
    history: (secret, limit) =>
      runs
        .filter((run) => secret === undefined || run.secrets.some((of) => of.secret === secret))
        .slice(0, limit),
    run: (id) => rows.run.get(id),
    close: () => {},
  };
}

function collector(isTTY: boolean) {
  let text = "";
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 80, rows: 40 }) as unknown as Services["stdout"],
    text: () => text,
  };
}
