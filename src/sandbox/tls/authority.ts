/** A certificate authority of the sandbox's own: made at its start, trusted by nobody who was not told. */
import { generateKeyPairSync } from "node:crypto";
import { DAY_MS, type Instant } from "../../domain/time.ts";
import { writeCertificate } from "./certificate.ts";

export interface ServerCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Authority {
  readonly caPem: string;
  issueServer(names?: readonly string[]): ServerCertificate;
}

const LOOPBACK = ["localhost", "127.0.0.1"];

export function createAuthority(name: string, now: Instant): Authority {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { name, ...pair };
  const validity = { notBefore: now - DAY_MS, notAfter: now + 30 * DAY_MS };
  const caPem = writeCertificate({
    subject: name,
    publicKey: pair.publicKey,
    issuer,
    isAuthority: true,
    ...validity,
  });
  return {
    caPem,
    issueServer(names = LOOPBACK) {
      const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const order = {
        subject: names[0] ?? name,
        publicKey: server.publicKey,
        issuer,
        isAuthority: false,
        names,
      };
      return {
        certPem: writeCertificate({ ...order, ...validity }) + caPem,
        keyPem: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

/** A self-signed RSA certificate with its key in one PEM, as an administrator makes one for a client to sign in with. */
export function selfSignedClient(
  name: string,
  now: Instant,
): { readonly pem: string; readonly certPem: string } {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const issuer = { name, ...pair };
  const validity = { notBefore: now - DAY_MS, notAfter: now + 30 * DAY_MS };
  const certPem = writeCertificate({
    subject: name,
    publicKey: pair.publicKey,
    issuer,
    isAuthority: false,
    ...validity,
  });
  return { certPem, pem: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() + certPem };
}
