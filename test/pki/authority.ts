/** A private authority with an intermediate, whose certificates are valid now: what a renewer would put into a folder. */
import { generateKeyPairSync } from "node:crypto";
import { USAGE } from "../../src/certificates/index.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { implicit, sequence } from "../../src/sandbox/tls/der.ts";
import { extension, general, keyUsage, names, usages } from "../unit/certificates/fixtures/der.ts";
import {
  authority,
  day,
  keyId,
  leaf,
  newKey,
  NOW,
  type Draft,
  type Issued,
  type KeyPair,
} from "../unit/certificates/fixtures/issue.ts";

export interface CertificateOrder {
  readonly names?: readonly string[];
  /** From today. */
  readonly days?: number;
  readonly key?: KeyPair;
}

export interface IssuedFiles {
  readonly certificate: string;
  readonly chain: string;
  readonly fullchain: string;
  readonly key: string;
  /** SHA-256 of the leaf, hexadecimal. */
  readonly fingerprint: string;
}

export interface TestAuthority {
  readonly root: string;
  issue(order?: CertificateOrder): IssuedFiles;
}

export function rsaKey(bits = 2048): KeyPair {
  return generateKeyPairSync("rsa", { modulusLength: bits });
}

export { newKey };

const today = (Date.now() - NOW) / DAY_MS;

export function testAuthority(label = "Test"): TestAuthority {
  const valid = { notBefore: day(today - 2), notAfter: day(today + 1_000) };
  const root = authority(`${label} Root`, valid);
  const intermediate = authority(`${label} Issuing`, { ...valid, by: root });
  return {
    root: pem(root),
    issue({ names: hosts = ["localhost"], days = 30, key = newKey() } = {}) {
      const [first = "localhost"] = hosts;
      const altName = extension.altName(names(...hosts.map(generalName)));
      const draft: Draft = {
        notBefore: day(today - 1),
        notAfter: day(today + days),
        key,
        with: {
          altName,
          keyUsage: extension.keyUsage(keyUsage("digitalSignature")),
          extendedKeyUsage: extension.extendedKeyUsage(usages(USAGE.serverAuth)),
          authorityKey: extension.authorityKey(sequence(implicit(0, keyId(intermediate.key.publicKey)))),
        },
      };
      const issued = leaf(first, intermediate, draft);
      const [certificate, chain] = [pem(issued), pem(intermediate)];
      return {
        certificate,
        chain,
        fullchain: certificate + chain,
        key: key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        fingerprint: issued.certificate.fingerprint,
      };
    },
  };
}

function generalName(name: string): Buffer {
  return /^[\d.]+$/.test(name) || name.includes(":") ? general.address(name) : general.dns(name);
}

function pem({ certificate }: Issued): string {
  const lines =
    Buffer.from(certificate.der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
