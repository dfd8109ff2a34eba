import type { Instant } from "../domain/time.ts";
import type { Certificate } from "./certificate/certificate.ts";
import { nameText } from "./certificate/distinguished-name.ts";
import { peerName } from "./names/peer-name.ts";
import { buildPath } from "./path/build-path.ts";
import type { Profile } from "./rules/profile.ts";
import { USAGE } from "./rules/use.ts";

/** Would a fresh client, which knows the anchors and nothing else, trust a server that sends this list? */
export interface ListQuestion {
  /** As it is sent: the leaf first. */
  readonly list: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly at: Instant;
  readonly profile: Profile;
  /** Hosts, addresses or mailboxes that the leaf must all have. */
  readonly names: readonly string[];
}

/** What is wrong, in a sentence that names the rule and its section; null when such a client trusts it. */
export function judgeList({ list, anchors, at, profile, names }: ListQuestion): string | null {
  const [leaf, ...pool] = list;
  if (leaf === undefined) return "there is no certificate";
  const answer = buildPath({
    leaf,
    pool,
    anchors,
    // A trust store was vetted by somebody else, and every one has old roots that are not made as the rules want.
    anchorsAsTheyAre: true,
    at,
    profile,
    names: names.map(peerName),
    purpose: USAGE.serverAuth,
    demandedUsages: [USAGE.serverAuth],
  });
  if (answer.ok) return outOfOrder(list);
  const [first] = answer.failures;
  if (first === undefined) return "there is no trusted path";
  return `${first.subject || "the certificate"}: ${first.message} (${first.rule}, ${first.section})`;
}

/** RFC 8446 section 4.4.2 lets a server send them in any order, yet many a client takes each for the next one's subject. */
function outOfOrder(list: readonly Certificate[]): string | null {
  const at = list.findIndex((each, index) => {
    const next = list[index + 1];
    return next !== undefined && next.subject.key !== each.issuer.key;
  });
  const [before, after] = [list[at], list[at + 1]];
  if (before === undefined || after === undefined) return null;
  return `${nameText(after.subject)} stands after ${nameText(before.subject)}, which it did not issue (order, RFC 5246 7.4.2)`;
}
