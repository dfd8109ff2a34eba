import { RULES, type RuleId } from "./rules.ts";

/** Which of the rules hold. */
export interface Profile {
  readonly name: "rfc5280" | "web-pki";
  holds(rule: RuleId): boolean;
}

function profile(name: Profile["name"]): Profile {
  const held = new Set<string>(
    Object.entries(RULES)
      .filter(([, rule]) => rule.profiles === "both" || rule.profiles === name)
      .map(([id]) => id),
  );
  return { name, holds: (rule) => held.has(rule) };
}

/** Internet certificates of any kind (RFC 5280). */
export const RFC5280 = profile("rfc5280");

/** Certificates of TLS servers, as browsers' root programs want them: RFC 5280 and the Baseline Requirements. */
export const WEB_PKI = profile("web-pki");
