import { buildPath } from "../path/build-path.ts";
import type { PathAnswer } from "../path/question.ts";
import type { Certificate } from "../certificate/certificate.ts";
import type { Finding } from "../rules/finding.ts";
import { WEB_PKI, type Profile } from "../rules/profile.ts";
import type { RuleId } from "../rules/rules.ts";
import { USAGE } from "../rules/use.ts";
import { CLIENT_RULES } from "./client-rules.ts";
import type { Diagnosis, Presented, Verdict } from "./diagnosis.ts";
import { isKeyOf } from "./key-of.ts";
import { orderOf, tellMisplaced, tellSurplus } from "./served-order.ts";
import { successorOf, tellMissing, tellUnknownIssuer } from "./tell-missing.ts";
import { tellExpiredBeside, tellLifetime, tellSoon } from "./tell-time.ts";
import { Telling } from "./telling.ts";

/**
 * What is wrong with what a server sends, for a client that knows nothing else and, apart from that, for one that knows the
 * pool. Pure; its work is bounded by that of `buildPath`, which it asks three times at most.
 */
export function diagnose(presented: Presented): Diagnosis {
  const { served, isOrdered = true, key, at, soon } = presented;
  const telling = new Telling(served);
  const order = orderOf(served, key);
  const { leaf, chain } = order;
  const isLeafFirst = order.leafAt === 0 || !isOrdered;
  const strict = ask(presented, leaf, WEB_PKI);
  const alone = strict.ok ? strict : ask(presented, leaf, CLIENT_RULES);
  const pooled = pathOf(alone).length > 0 ? alone : ask(presented, leaf, CLIENT_RULES, presented.pool);

  if (!alone.ok) tellRefusal(alone.failures, pooled, chain, telling);
  if (!strict.ok) tellUnenforced(strict.failures, chain, telling);
  if (isOrdered) tellMisplaced(served, order, telling);
  tellSurplus(served, order, isOrdered, telling);
  if (key !== undefined && !isKeyOf(key, leaf))
    telling.add({
      rule: "key-matches",
      level: "error",
      certificate: leaf,
      message: "the private key beside it is that of another certificate",
    });
  tellExpiredBeside(chain, pathOf(alone), at, telling);
  tellSoon(leaf, pathOf(alone), at, telling, soon);
  tellLifetime(leaf, telling);
  return {
    leaf,
    alone: verdictOf(alone, isLeafFirst),
    pooled: verdictOf(pooled, isLeafFirst),
    findings: telling.findings,
  };
}

function ask(
  { served, names, trust, at, memory }: Presented,
  leaf: Certificate,
  profile: Profile,
  help?: Presented["pool"],
): PathAnswer {
  const pool = [...served.filter((one) => one !== leaf), ...(help?.above(served) ?? [])];
  return buildPath({
    leaf,
    pool,
    anchors: trust.above([leaf, ...pool]),
    anchorsAsTheyAre: true,
    at,
    profile,
    ...(names && { names }),
    ...(memory && { memory }),
    purpose: USAGE.serverAuth,
    demandedUsages: [USAGE.serverAuth],
  });
}

function pathOf(answer: PathAnswer): readonly Certificate[] {
  return answer.path ?? [];
}

/** A leaf that is not the first is not the leaf to any client. */
function verdictOf(answer: PathAnswer, isLeafFirst: boolean): Verdict {
  return { ok: answer.ok && isLeafFirst, path: pathOf(answer) };
}

/** What ends a branch of the search at the leaf, and is not the leaf's own fault. */
const BETWEEN: ReadonlySet<RuleId> = new Set<RuleId>([
  "issuer",
  "trusted",
  "signature-valid",
  "names-permitted",
  "names-not-excluded",
  "names-decidable",
  "policies",
  "mapping-of-any-policy",
  "within-limits",
]);

function tellRefusal(
  failures: readonly Finding[],
  pooled: PathAnswer,
  chain: readonly Certificate[],
  telling: Telling,
): void {
  const helped = pathOf(pooled);
  const hasHelp = helped.some(
    (certificate, at) => at > 0 && at < helped.length - 1 && !chain.includes(certificate),
  );
  if (hasHelp) tellMissing(helped, chain, telling);
  for (const { rule, fingerprint, message } of causes(failures)) {
    const certificate = chain.find((one) => one.fingerprint === fingerprint);
    if (rule === "issuer" && certificate !== undefined) {
      if (!hasHelp) tellUnknownIssuer(certificate, telling);
      continue;
    }
    const successor = certificate && hasHelp ? successorOf(certificate, helped) : undefined;
    telling.add({
      rule,
      level: "error",
      certificate: certificate ?? null,
      message,
      ...(successor && {
        mend: `Serve the CA's other certificate instead (SHA-256 ${successor.fingerprint}), which is at hand.`,
      }),
    });
  }
}

/** Of the many ends of a search, what the leaf breaks by itself, and the one that came nearest to an anchor. */
function causes(failures: readonly Finding[]): readonly Finding[] {
  const isOwn = ({ position, rule }: Finding) => position === 0 && !BETWEEN.has(rule);
  const nearest = failures.find((finding) => !isOwn(finding));
  return failures.filter(
    (finding) =>
      isOwn(finding) ||
      (finding.position === nearest?.position && finding.fingerprint === nearest.fingerprint),
  );
}

function tellUnenforced(failures: readonly Finding[], chain: readonly Certificate[], telling: Telling): void {
  for (const { rule, fingerprint, message } of failures) {
    const certificate = chain.find((one) => one.fingerprint === fingerprint);
    if (certificate !== undefined && !CLIENT_RULES.holds(rule))
      telling.add({ rule, level: "notice", certificate, message });
  }
}
