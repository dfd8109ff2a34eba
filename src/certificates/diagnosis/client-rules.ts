import type { Profile } from "../rules/profile.ts";
import { WEB_PKI } from "../rules/profile.ts";
import type { RuleId } from "../rules/rules.ts";

/**
 * Rules of the profile about how a certificate is made that neither browsers nor OpenSSL nor Go enforce on servers. Private
 * CAs break them every day: they are told, and nobody is woken up.
 */
const NOT_ENFORCED: ReadonlySet<RuleId> = new Set<RuleId>([
  "version-3",
  "serial-number",
  "no-unique-identifiers",
  "time-encoding",
  "extension-not-critical",
  "extension-critical",
  "cert-sign-needs-ca",
  "path-length-needs-ca",
  "authority-key",
  "authority-key-only",
  "root-key-identifiers",
  "subject-key",
  "rsa-size-multiple",
  "curve-and-hash",
  "basic-constraints-critical",
  "ca-key-usage",
  "root-without-purpose",
  "constraints-not-empty",
  "leaf-not-ca",
  "alt-name-when-no-subject",
  "alt-name-not-critical",
  "wildcard-public-suffix",
  "common-name-in-alt-names",
  "server-key-usage",
  "purpose-stated",
  "purpose-not-any",
  "purpose-not-critical",
]);

/** What TLS clients in common use refuse a server for. */
export const CLIENT_RULES: Profile = {
  name: WEB_PKI.name,
  holds: (rule) => WEB_PKI.holds(rule) && !NOT_ENFORCED.has(rule),
};
