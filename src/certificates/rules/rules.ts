/** One rule of the table below. */
export interface Rule {
  /** Where it is written. BR: the CA/Browser Forum's Baseline Requirements for TLS server certificates, 2.2.6. */
  readonly section: string;
  readonly profiles: "both" | "rfc5280" | "web-pki";
  readonly says: string;
}

/** Every reason to refuse a path. `docs/certificates.md` is held equal to this table by a test. */
export const RULES = {
  // the form of every certificate
  "version-3": rule("RFC 5280 4.1.2.1", "both", "It has version 3."),
  "serial-number": rule(
    "RFC 5280 4.1.2.2",
    "both",
    "Its serial number is positive (in a trusted root: not negative) and has at most 20 octets.",
  ),
  "algorithms-agree": rule(
    "RFC 5280 4.1.1.2",
    "both",
    "The signature algorithm inside and outside the signed part is the same, octet by octet.",
  ),
  "issuer-named": rule("RFC 5280 4.1.2.4", "both", "Its issuer is not an empty name."),
  "no-unique-identifiers": rule("RFC 5280 4.1.2.8", "both", "It has no unique identifiers."),
  "time-encoding": rule(
    "RFC 5280 4.1.2.5",
    "both",
    "Times up to 2049 are UTCTime, later ones GeneralizedTime.",
  ),
  "validity-order": rule("RFC 5280 4.1.2.5", "both", "It does not end before it begins."),
  "not-yet-valid": rule("RFC 5280 6.1.3 (a)(2)", "both", "Its validity has begun."),
  expired: rule("RFC 5280 6.1.3 (a)(2)", "both", "Its validity has not ended; the last second counts."),
  "extension-once": rule("RFC 5280 4.2", "both", "No extension stands in it twice."),
  "critical-extension-known": rule(
    "RFC 5280 4.2",
    "both",
    "Every critical extension is one that keyturn processes.",
  ),
  "extension-not-critical": rule(
    "RFC 5280 4.2.1.1, 4.2.1.2, 4.2.1.8, 4.2.1.15, 4.2.2",
    "both",
    "Key identifiers, access information, freshest CRL and directory attributes are not critical.",
  ),
  "extension-critical": rule(
    "RFC 5280 4.2.1.11, 4.2.1.14",
    "both",
    "Policy constraints and inhibitAnyPolicy are critical.",
  ),
  "cert-sign-needs-ca": rule(
    "RFC 5280 4.2.1.3, 4.2.1.9",
    "both",
    "A key that may sign certificates belongs to a CA.",
  ),
  "path-length-needs-ca": rule(
    "RFC 5280 4.2.1.9",
    "both",
    "A path length stands only beside cA and keyCertSign.",
  ),
  "key-usage-set": rule("RFC 5280 4.2.1.3", "both", "A key usage has at least one bit set."),
  // key identifiers
  "authority-key": rule(
    "RFC 5280 4.2.1.1",
    "both",
    "It has an authority key identifier with a keyIdentifier; a self-signed root may leave it out.",
  ),
  "authority-key-only": rule(
    "BR 7.1.2.1.3, 7.1.2.11.1",
    "web-pki",
    "Its authority key identifier has neither an issuer nor a serial number.",
  ),
  "root-key-identifiers": rule(
    "BR 7.1.2.1.3",
    "web-pki",
    "The authority key identifier of a root is its subject key identifier.",
  ),
  "subject-key": rule("RFC 5280 4.2.1.2", "both", "A CA has a subject key identifier."),
  // keys and signatures
  "key-algorithm": rule(
    "BR 6.1.5, RFC 5480 2.1.1",
    "both",
    "Its key is RSA or on P-256, P-384 or P-521, given by name; outside the Web PKI also Ed25519, Ed448, RSASSA-PSS.",
  ),
  "rsa-size": rule("BR 6.1.5", "both", "An RSA modulus has 2,048 to 16,384 bits."),
  "rsa-size-multiple": rule("BR 6.1.5", "web-pki", "The bits of an RSA modulus are a multiple of 8."),
  "rsa-exponent": rule("BR 6.1.6", "both", "An RSA exponent is odd, 3 or more, and below 2^64."),
  "signature-algorithm": rule(
    "BR 7.1.3.2",
    "both",
    "It is signed with SHA-256, SHA-384 or SHA-512 by RSA or ECDSA; outside the Web PKI also Ed25519 and Ed448. A trusted root may have SHA-1, for nobody verifies its own signature.",
  ),
  "signature-parameters": rule(
    "RFC 4055 2.1, RFC 5758 3.2, BR 7.1.3.2",
    "both",
    "The parameters of its signature algorithm are those of the standard: NULL for RSA, absent for ECDSA, hash and salt of one size for PSS.",
  ),
  "signature-algorithm-wanted": rule(
    "asked for",
    "both",
    "It is signed with one of the algorithms that were asked for.",
  ),
  "signature-valid": rule("RFC 5280 6.1.3 (a)(1)", "both", "Its issuer's key verifies its signature."),
  "curve-and-hash": rule(
    "BR 7.1.3.2.2",
    "web-pki",
    "P-256 signs with SHA-256, P-384 with SHA-384, P-521 with SHA-512.",
  ),
  // authorities
  "is-ca": rule("RFC 5280 4.2.1.9, 6.1.4 (k)", "both", "Whoever issues is a CA by its basic constraints."),
  "basic-constraints-critical": rule(
    "RFC 5280 4.2.1.9",
    "both",
    "The basic constraints of a CA are critical.",
  ),
  "ca-key-usage": rule("RFC 5280 4.2.1.3", "both", "A CA has a key usage."),
  "ca-cert-sign": rule("RFC 5280 6.1.4 (n)", "both", "The key usage of a CA has keyCertSign."),
  "ca-named": rule("RFC 5280 4.1.2.6", "both", "The subject of a CA is not an empty name."),
  "ca-purpose": rule(
    "RFC 5280 4.2.1.12, BR 7.1.2.10.6",
    "both",
    "An extended key usage of a CA allows what the certificate is used for.",
  ),
  "root-without-purpose": rule(
    "BR 7.1.2.1.2",
    "web-pki",
    "A root has no extended key usage. Held when a usage is demanded.",
  ),
  "path-length": rule(
    "RFC 5280 6.1.4 (l, m)",
    "both",
    "No more CAs follow than a path length allows; self-issued ones do not count.",
  ),
  "max-depth": rule(
    "asked for",
    "both",
    "No more CAs stand in the path than was asked for; self-issued ones do not count.",
  ),
  // name constraints
  "constraints-of-ca": rule("RFC 5280 4.2.1.10", "both", "Only a CA has name constraints."),
  "constraints-critical": rule(
    "RFC 5280 4.2.1.10",
    "rfc5280",
    "Name constraints are critical. (BR 7.1.2.10.8 lets a CA leave this out.)",
  ),
  "constraints-not-empty": rule("RFC 5280 4.2.1.10", "both", "Name constraints permit or exclude something."),
  "constraints-form": rule(
    "RFC 5280 4.2.1.10",
    "both",
    "Each constraint has the form of its type: a host without leading dot or wildcard, an address with a mask of leading ones, a mailbox, host or .domain.",
  ),
  "names-permitted": rule(
    "RFC 5280 6.1.3 (b)",
    "both",
    "Each name is permitted by every CA above that permits some of its type only.",
  ),
  "names-not-excluded": rule(
    "RFC 5280 6.1.3 (c)",
    "both",
    "No name is excluded by a CA above; a wildcard is excluded when one of its names is.",
  ),
  "names-decidable": rule(
    "RFC 5280 4.2.1.10",
    "both",
    "No name is of a type that is constrained but not processed: otherName, x400Address, ediPartyName, registeredID, or a URI without host name.",
  ),
  // policies
  policies: rule(
    "RFC 5280 6.1.3 (d-f), 6.1.4, 6.1.5; RFC 9618",
    "both",
    "Where a CA asks for an explicit policy, one is valid along the whole path.",
  ),
  "mapping-of-any-policy": rule("RFC 5280 6.1.4 (a)", "both", "anyPolicy is not mapped."),
  // the leaf
  "leaf-not-ca": rule("BR 7.1.2.7", "web-pki", "The leaf is not a CA."),
  "alt-name": rule(
    "RFC 5280 4.2.1.6, BR 7.1.2.7.12, RFC 9525 2",
    "web-pki",
    "The leaf has a subject alternative name; its common name does not stand in for one.",
  ),
  "alt-name-when-no-subject": rule(
    "RFC 5280 4.1.2.6, 4.2.1.6",
    "both",
    "With an empty subject there is a subject alternative name, and it is critical.",
  ),
  "alt-name-not-critical": rule(
    "BR 7.1.2.7.12",
    "web-pki",
    "With a subject, the subject alternative name is not critical.",
  ),
  "alt-name-form": rule(
    "RFC 5280 4.2.1.6",
    "both",
    "Each alternative name has the form of its type: a host in letters, digits and hyphens, 4 or 16 octets, a mailbox, an absolute URI.",
  ),
  wildcard: rule("RFC 9525 6.3, BR 1.6.1", "both", "A wildcard is the whole left-most label of a host name."),
  "wildcard-public-suffix": rule(
    "BR 3.2.2.6",
    "web-pki",
    "A wildcard does not stand right below a public suffix.",
  ),
  "common-name-in-alt-names": rule(
    "BR 7.1.4.3",
    "web-pki",
    "A common name is a copy of one of the alternative names, character for character. Not held for local names, which no public CA may issue.",
  ),
  "leaf-key-usage": rule("RFC 5280 4.2.1.3", "both", "The key usage of the leaf allows what was asked for."),
  "server-key-usage": rule(
    "BR 7.1.2.7.11",
    "web-pki",
    "The key usage of a server's leaf allows signing, key encipherment or key agreement.",
  ),
  purpose: rule(
    "RFC 5280 4.2.1.12",
    "both",
    "The extended key usage of the leaf allows what it is used for.",
  ),
  "purpose-stated": rule(
    "BR 7.1.2.7.10",
    "web-pki",
    "The leaf has an extended key usage. Held when a usage is demanded.",
  ),
  "purpose-not-any": rule(
    "BR 7.1.2.7.10",
    "web-pki",
    "The leaf does not state anyExtendedKeyUsage. Held when a usage is demanded.",
  ),
  "purpose-not-critical": rule(
    "BR 7.1.2.7.6",
    "web-pki",
    "The extended key usage of the leaf is not critical. Held when a usage is demanded.",
  ),
  "name-matches": rule("RFC 9525 6, RFC 5280 4.2.1.6", "both", "The leaf has every name that was asked for."),
  // the path
  issuer: rule("RFC 5280 6.1.3 (a)(4)", "both", "Its issuer is a trusted certificate or one at hand."),
  trusted: rule("RFC 5280 6.1.1 (d)", "both", "A self-signed certificate is one of the trusted ones."),
  "within-limits": rule(
    "keyturn",
    "both",
    "The answer is found within the bounds of work: signatures, comparisons, branches, length.",
  ),
  // revocation
  "not-revoked": rule("RFC 5280 6.3", "both", "It is on no revocation list."),
  "revocation-known": rule(
    "RFC 5280 6.3.3",
    "both",
    "When revocation lists are given, a usable one of its issuer covers the leaf, and each CA whose issuer has one.",
  ),
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;

function rule(section: string, profiles: Rule["profiles"], says: string): Rule {
  return { section, profiles, says };
}
