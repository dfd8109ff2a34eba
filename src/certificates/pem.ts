import { malformed } from "./malformed.ts";

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

/**
 * Every block of that label in a PEM text (RFC 7468), as DER, in order: `CERTIFICATE`, `X509 CRL`.
 *
 * @throws RotationError `certificate-malformed` when there is none, or one is not base64.
 */
export function readPem(text: string, label: string): readonly Uint8Array[] {
  const blocks = [...text.matchAll(BLOCK)].filter(([, found]) => found === label);
  if (blocks.length === 0) throw malformed("PEM", `it has no ${label} block`);
  return blocks.map(([, , body = ""]) => {
    const base64 = body.replace(/\s+/g, "");
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0)
      throw malformed("PEM", `a ${label} block is not base64`);
    return Buffer.from(base64, "base64");
  });
}
