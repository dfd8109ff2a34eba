import type { Instant } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { Authorities } from "../diagnosis/authorities.ts";
import type { PeerName } from "../names/peer-name.ts";
import { Judge } from "./judge.ts";
import { lookAtPath, lookRemote, type Entry, type Looking } from "./look.ts";
import { matchKeys } from "./match-keys.ts";
import type { TargetReport } from "./report.ts";
import { sideBySide } from "./side-by-side.ts";
import type { RemoteTarget, Sources, Target } from "./target.ts";

export interface CheckOrder {
  readonly targets: readonly Target[];
  readonly trust: readonly Certificate[];
  /** Certificates at hand besides those that are looked at. */
  readonly pool: readonly Certificate[];
  /** Names that each file's leaf must have. */
  readonly names: readonly PeerName[];
  readonly at: Instant;
  /** Told as `expires-soon`: which share of its lifetime a leaf has left. Default: a fifth. */
  readonly soon?: number;
  /** Opens PKCS#12 and encrypted keys. */
  readonly password?: string;
}

/** How many servers are spoken to at a time: more only fills the kernel's queues. */
const SIDE_BY_SIDE = 64;

/**
 * Looks at every target, and then judges with all that was found: an intermediate that lies in another file, a key beside
 * its certificate. Reports come in the order of the targets. Rejects only when it is aborted: what cannot be looked at
 * says so in its report.
 */
export async function checkTargets(
  order: CheckOrder,
  sources: Sources,
  signal: AbortSignal,
): Promise<readonly TargetReport[]> {
  const judge = new Judge({ ...order, trust: new Authorities(order.trust) });
  const entries = await look(order.targets, { judge, sources, password: order.password, signal });
  const pool = new Authorities([...order.pool, ...judge.met]);
  const pairable = entries.flatMap((entry) => (entry.error === null ? (entry.pairable ?? []) : []));
  const mismatches = Map.groupBy(matchKeys(pairable), ({ path }) => path);
  return entries.map((entry) => {
    const ofKeys = mismatches.get(entry.target)?.map(({ finding }) => finding) ?? [];
    const report = reportOf(entry, judge, pool);
    return { ...report, findings: [...ofKeys, ...report.findings] };
  });
}

async function look(targets: readonly Target[], looking: Looking): Promise<readonly Entry[]> {
  const found = new Map<number, readonly Entry[]>();
  const remote: [number, RemoteTarget][] = [];
  for (const [place, target] of targets.entries())
    if (target.kind === "path") found.set(place, await lookAtPath(target.path, looking));
    else remote.push([place, target]);
  await sideBySide(remote, SIDE_BY_SIDE, async ([place, target]) => {
    found.set(place, [await lookRemote(target, looking)]);
  });
  return targets.flatMap((_, place) => found.get(place) ?? []);
}

const NOTHING = { holds: "nothing", certificates: [], alone: null, pooled: null, findings: [] } as const;

/** A chain that leads nowhere is judged once more when somebody it lacks is at hand. */
function reportOf(entry: Entry, judge: Judge, pool: Authorities): TargetReport {
  const { target, kind, error } = entry;
  if (entry.error !== null) return { target, kind, ...NOTHING, error };
  const isHelped = entry.judgement.lacks.some((issuer) => pool.has(issuer));
  const judgement = isHelped && entry.held !== null ? judge.judge(entry.held, pool) : entry.judgement;
  const { holds, certificates, alone, pooled, findings } = judgement;
  return {
    target,
    kind,
    holds: holds === "nothing" ? entry.judgement.holds : holds,
    certificates,
    alone,
    pooled,
    findings: [...entry.findings, ...findings],
    error,
  };
}
