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

/** Why such a client does not trust it. */
export interface Distrust {
  /** `issuer, RFC 5280 6.1.3 (a)(4)`: nothing of it comes from a certificate. */
  readonly rule: string;
  /** In a sentence, which may quote the certificates. */
  readonly message: string;
}

/** Null when such a client trusts it. */
export function judgeList({ list, anchors, at, profile, names }: ListQuestion): Distrust | null {
  const [leaf, ...pool] = list;
  if (leaf === undefined) return { rule: "issuer", message: "there is no certificate" };
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
  if (first === undefined) return { rule: "trusted", message: "there is no trusted path" };
  const rule = `${first.rule}, ${first.section}`;
  return { rule, message: `${first.subject || "the certificate"}: ${first.message} (${rule})` };
}

/** RFC 8446 section 4.4.2 lets a server send them in any order, yet many a client takes each for the next one's subject. */
function outOfOrder(list: readonly Certificate[]): Distrust | null {
  const at = list.findIndex((each, index) => {
    const next = list[index + 1];
    return next !== undefined && next.subject.key !== each.issuer.key;
  });
  const [before, after] = [list[at], list[at + 1]];
  if (before === undefined || after === undefined) return null;
  const rule = "order, RFC 5246 7.4.2";
  const message = `${nameText(after.subject)} stands after ${nameText(before.subject)}, which it did not issue (${rule})`;
  return { rule, message };
}
