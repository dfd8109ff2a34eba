import type { Certificate, PathQuestion, PeerName, Profile } from "../../src/certificates/index.ts";
import {
  parseCertificate,
  parseRevocationList,
  readPem,
  RFC5280,
  USAGE,
  WEB_PKI,
} from "../../src/certificates/index.ts";
import type { Testcase, TestPeerName } from "./testcase.ts";

const NAME_KINDS = { DNS: "dns", IP: "ip", RFC822: "email" } as const;

/** Features that say themselves that RFC 5280 is meant, where the Baseline Requirements decide otherwise. */
const RFC5280_FEATURES = ["rfc5280-incompatible-with-webpki", "pedantic-rfc5280"];

/**
 * What a case asks, in keyturn's terms.
 *
 * @throws RotationError `certificate-malformed` when the leaf or a revocation list cannot be read. What cannot be read among
 * the others is left out: a path may well do without it.
 */
export function toQuestion(testcase: Testcase, now: number): PathQuestion {
  const { validation_kind: kind, crls = [], max_chain_depth: depth, validation_time: time } = testcase;
  return {
    leaf: certificateOf(testcase.peer_certificate),
    anchors: testcase.trusted_certs.flatMap(readable),
    pool: testcase.untrusted_intermediates.flatMap(readable),
    at: time == null ? now : Date.parse(time),
    profile: profileOf(testcase),
    names: namesOf(testcase),
    purpose: kind === "SERVER" ? USAGE.serverAuth : USAGE.clientAuth,
    demandedUsages: demandedBy(testcase),
    keyUsages: testcase.key_usage as NonNullable<PathQuestion["keyUsages"]>,
    signatureAlgorithms: testcase.signature_algorithms.map(schemeName),
    ...(depth != null && { maxDepth: depth }),
    revocationLists: crls.flatMap((pem) => readPem(pem, "X509 CRL")).map(parseRevocationList),
  };
}

/** The listed ones; and a case about what the Baseline Requirements say of usages demands the one of a server. */
function demandedBy({ features = [], extended_key_usage: listed }: Testcase): readonly string[] {
  if (listed.length === 0 && features.includes("pedantic-webpki-eku")) return [USAGE.serverAuth];
  return listed.map((usage) => (USAGE as Readonly<Record<string, string>>)[usage] ?? usage);
}

function profileOf({ features = [], validation_kind: kind }: Testcase): Profile {
  const isForRfc = features.some((feature) => RFC5280_FEATURES.includes(feature));
  return kind === "SERVER" && !isForRfc ? WEB_PKI : RFC5280;
}

function certificateOf(pem: string): Certificate {
  return parseCertificate(readPem(pem, "CERTIFICATE")[0] as Uint8Array);
}

function readable(pem: string): readonly Certificate[] {
  try {
    return [certificateOf(pem)];
  } catch {
    return [];
  }
}

function namesOf({ expected_peer_name: one, expected_peer_names: more }: Testcase): readonly PeerName[] {
  const names: readonly TestPeerName[] = [...(one == null ? [] : [one]), ...more];
  return names.map(({ kind, value }) => ({ kind: NAME_KINDS[kind], value }));
}

/** `ECDSA_WITH_SHA3_256` as `ecdsa-sha3-256`. */
function schemeName(algorithm: string): string {
  const name = algorithm.replace("_WITH_", "-").replaceAll("_", "-").toLowerCase();
  return name === "rsassa-pss" ? "rsa-pss" : name;
}
