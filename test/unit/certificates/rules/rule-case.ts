import type { PathQuestion, RuleId } from "../../../../src/certificates/index.ts";
import { ask } from "../fixtures/ask.ts";
import { authority, leaf, type Draft, type Issued } from "../fixtures/issue.ts";

/** Two questions that differ in little but in what the rule is about. */
export interface RuleCase {
  readonly accepts: () => PathQuestion;
  readonly rejects: () => PathQuestion;
  /** Rules that cannot but be broken together with this one. */
  readonly also?: readonly RuleId[];
}

export const HOST = "example.com";

export interface World {
  readonly root: Issued;
  readonly ca: Issued;
  readonly leaf: Issued;
}

/** A root, a CA below it and a leaf, each with what should be other than usual. */
export function world(drafts: { readonly root?: Draft; readonly ca?: Draft; readonly leaf?: Draft }): World {
  const root = authority("root", drafts.root);
  const ca = authority("ca", { by: root, ...drafts.ca });
  return { root, ca, leaf: leaf(HOST, ca, drafts.leaf) };
}

export function question(
  drafts: Parameters<typeof world>[0],
  more: Partial<PathQuestion> = {},
): PathQuestion {
  const { root, ca, leaf: end } = world(drafts);
  return ask({ leaf: end, pool: [ca], anchors: [root] }, more);
}

export function plain(more: Partial<PathQuestion> = {}): PathQuestion {
  return question({}, more);
}

/** Only the leaf is other than usual. */
export function withLeaf(draft: Draft, more: Partial<PathQuestion> = {}): PathQuestion {
  return question({ leaf: draft }, more);
}

export function withCa(draft: Draft, more: Partial<PathQuestion> = {}): PathQuestion {
  return question({ ca: draft }, more);
}

export function withRoot(draft: Draft, more: Partial<PathQuestion> = {}): PathQuestion {
  return question({ root: draft }, more);
}
