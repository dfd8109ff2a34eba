/**
 * Passes when the deployed certificate is what every replica serves, for every name, with a chain that a client trusts which
 * knows the trust store and nothing else. It proves the very version, and on the way back, that what was served before is
 * served again. Nothing is sent but handshakes.
 */
import { certificateSchema, type CertificateProbeConfig } from "./certificate/config.ts";
import type { ProbeKind } from "../domain/ports.ts";

export const certificate: ProbeKind<CertificateProbeConfig> = {
  kind: "certificate",
  schema: certificateSchema,
  async connect(config, context) {
    const { CertificateProbe } = await import("./certificate/certificate-probe.ts");
    return new CertificateProbe(config, context);
  },
};
