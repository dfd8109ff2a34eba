import type { Certificate } from "./certificate/certificate.ts";
import { parseCertificate } from "./certificate/parse-certificate.ts";
import { readPem } from "./pem.ts";

/**
 * The certificates of a trust store, as anchors: each PEM text may hold several. Reading Node's own 140 takes 50 ms, so
 * whoever asks more than once keeps them.
 *
 * @throws RotationError `certificate-malformed`
 */
export function anchorsFrom(pems: readonly string[]): readonly Certificate[] {
  return pems.flatMap((pem) => readPem(pem, "CERTIFICATE")).map(parseCertificate);
}
