import type { Policy, SecretPolicy } from "../../src/domain/policy.ts";
import type { SecretState } from "../../src/domain/state.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { newSecret } from "../../src/domain/new-secret.ts";
import { decide } from "../../src/plan/decide.ts";
import { planRuns, type Candidate } from "../../src/plan/plan.ts";
import { mib, ms, type Row } from "../table.ts";

const SECRETS = 100_000;
/** Secrets to a service. */
const SHARED = 4;

const POLICY: Policy = {
  name: "p",
  maxAgeMs: 90 * DAY_MS,
  cron: null,
  renewBefore: { share: 0.33 },
  timezone: "UTC",
  window: null,
  splayMs: 3_600_000,
  overlapMs: DAY_MS,
  keep: 2,
  retry: { attempts: 6, firstMs: 10_000, maxMs: 1_800_000 },
  allowGap: false,
};

/** Whether each of 100,000 secrets is due, and the runs of those that are: half of them. */
export function decideAndPlan(): Promise<readonly Row[]> {
  const now = Date.now();
  const policies = Array.from({ length: SECRETS }, (_, n) => policyOf(n));
  const begin = performance.now();
  // One state at a time, as a worker reads them from the journal; what they cost to make is counted too.
  const due = policies.flatMap((policy, n) => {
    const decision = decide(stateOf(policy.secret, n, now), policy, now);
    return decision.due ? [candidateOf(n, decision.reason)] : [];
  });
  const runs = planRuns(due);
  const took = performance.now() - begin;
  const memory = process.memoryUsage().rss;
  return Promise.resolve([
    {
      what: `decide and plan, ${SECRETS} secrets`,
      keyturn: `${ms(took)}, ${mib(memory)} in all`,
      against: `${due.length} due, ${runs.length} runs`,
      ratio: `${((took / SECRETS) * 1000).toFixed(1)} µs a secret`,
      aim: "< 500 ms, < 300 MB",
      met: took < 500 && memory < 300e6,
    },
  ]);
}

function policyOf(n: number): SecretPolicy {
  return {
    secret: `secret_${n}`,
    policy: POLICY,
    labels: {},
    dependsOn: [],
    notWith: [],
    stores: [storeOf(n)],
  };
}

function storeOf(n: number): string {
  return `docker-secret:swarm/secret_${n}`;
}

function stateOf(secret: string, n: number, now: number): SecretState {
  const createdAt = now - (n % 2 === 0 ? 10 : 120) * DAY_MS;
  const version = {
    version: 1,
    stage: "current",
    run: `run${n}`,
    marker: `keyturn:${secret}:run${n}.1`,
    credential: { id: `key${n}`, marker: null },
    createdAt,
    notAfter: createdAt + 180 * DAY_MS,
    promotedAt: createdAt,
    evidence: null,
    stores: [storeOf(n)],
    erased: false,
  } as const;
  return { ...newSecret(secret), highest: 1, versions: { 1: version }, current: 1 };
}

function candidateOf(n: number, reason: Candidate["reason"]): Candidate {
  const service = `docker-service:swarm/service-${Math.floor(n / 2 / SHARED)}`;
  return {
    secret: `secret_${n}`,
    reason,
    from: 1,
    highest: 1,
    stores: [storeOf(n)],
    consumers: [{ id: service, restarts: 1 }],
    dependsOn: [],
    waitForWindow: false,
    windowIgnored: null,
  };
}
