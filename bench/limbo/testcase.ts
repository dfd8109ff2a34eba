/** The part of x509-limbo's format (version 1) that says what to check; the expectations are not read. */
export interface Testcase {
  readonly id: string;
  readonly features?: readonly string[];
  readonly validation_kind: "SERVER" | "CLIENT";
  /** PEM, as are the following. */
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time?: string | null;
  readonly signature_algorithms: readonly string[];
  readonly key_usage: readonly string[];
  readonly extended_key_usage: readonly string[];
  readonly expected_peer_name?: TestPeerName | null;
  readonly expected_peer_names: readonly TestPeerName[];
  readonly max_chain_depth?: number | null;
  readonly crls?: readonly string[];
}

export interface TestPeerName {
  readonly kind: "RFC822" | "DNS" | "IP";
  readonly value: string;
}

/** One line of the answer. */
export interface Verdict {
  readonly id: string;
  readonly actual: "SUCCESS" | "FAILURE" | "SKIPPED";
  /** Parsing included. */
  readonly ms: number;
  /** The first reason, with its rule. */
  readonly error?: string;
}
