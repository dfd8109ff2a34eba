import { findingOf, type Finding } from "../rules/finding.ts";
import { Candidates } from "./candidates.ts";
import { Examiner } from "./examine.ts";
import { Failures, MAX_TOLD } from "./failures.ts";
import type { PathAnswer, PathQuestion } from "./question.ts";
import { Search, type SearchOptions } from "./search.ts";
import { DEFAULT_LIMITS, LimitReached, Work, type Limits } from "./work.ts";

/** Issuers tried to explain a refusal, once it is clear that there is no path. */
const BRANCHES_TO_EXPLAIN = 200;

/**
 * Finds a path that keeps every rule of the profile, or says what forbids the likeliest ones (RFC 5280 section 6,
 * RFC 4158). Neither throws nor waits, whatever it is given; work is bounded by `limits`.
 */
export function buildPath(question: PathQuestion): PathAnswer {
  const limits: Limits = { ...DEFAULT_LIMITS, ...question.limits };
  const { leaf, pool, anchors } = question;
  if (pool.length + anchors.length > limits.certificates)
    return refused([tooMuch(question, `there are more than ${limits.certificates} certificates`)]);
  const work = new Work(limits);
  const examiner = new Examiner(question, work);
  const leafFindings = examiner
    .alone(leaf, "leaf")
    .slice(0, MAX_TOLD)
    .map((violation) => findingOf(violation, leaf, 0));
  const failures = new Failures();
  try {
    const search = searchOptions(question, { limits, work, examiner, failures });
    const path = new Search(leaf, { ...search, explains: false }).find();
    if (path !== undefined)
      return leafFindings.length === 0 ? { ok: true, path } : { ok: false, failures: leafFindings, path };
    explain(question, search);
  } catch (thrown) {
    if (!(thrown instanceof LimitReached)) throw thrown;
    return refused([...leafFindings, tooMuch(question, thrown.message), ...failures.deepestFirst()]);
  }
  return refused([...leafFindings, ...failures.deepestFirst()]);
}

interface Parts {
  readonly limits: Limits;
  readonly work: Work;
  readonly examiner: Examiner;
  readonly failures: Failures;
}

function searchOptions(question: PathQuestion, parts: Parts): Omit<SearchOptions, "explains"> {
  const { examiner, limits } = parts;
  return {
    ...parts,
    candidates: new Candidates(
      question.anchors,
      question.pool,
      ({ certificate, isAnchor }) =>
        examiner.alone(certificate, isAnchor ? "anchor" : "authority").length === 0 &&
        examiner.constraints(question.leaf, certificate).length === 0,
    ),
    maxDepth: question.maxDepth ?? Number.MAX_SAFE_INTEGER,
    maxLength: limits.pathLength,
  };
}

/** Walks the dead ends as well, for their reasons. Running into a limit here is no failure of its own. */
function explain(question: PathQuestion, search: Omit<SearchOptions, "explains">): void {
  const work = new Work({
    ...DEFAULT_LIMITS,
    signatures: Infinity,
    comparisons: Infinity,
    branches: BRANCHES_TO_EXPLAIN,
  });
  try {
    new Search(question.leaf, { ...search, work, explains: true }).find();
  } catch (thrown) {
    if (!(thrown instanceof LimitReached)) throw thrown;
  }
}

function refused(failures: readonly Finding[]): PathAnswer {
  return { ok: false, failures };
}

function tooMuch({ leaf }: PathQuestion, detail: string): Finding {
  return findingOf({ rule: "within-limits", detail }, leaf, 0);
}
