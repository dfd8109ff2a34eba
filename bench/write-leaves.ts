/** Chains of one CA in a folder, a file each: a P-256 CA and 20 RSA keys, as a fleet of servers has them. */
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "../src/domain/time.ts";
import { authority, day, leaf, NOW, type Issued } from "../test/unit/certificates/fixtures/issue.ts";

const KEYS = 20;
const today = (Date.now() - NOW) / DAY_MS;

export interface WrittenLeaves {
  readonly leaves: string;
  readonly root: string;
  readonly issuing: string;
}

export function writeLeaves(folder: string, count: number): WrittenLeaves {
  const long = { notBefore: day(today - 100), notAfter: day(today + 2_000) };
  const root = authority("Root", long);
  const issuing = authority("Issuing", { by: root, ...long });
  const keys = Array.from({ length: KEYS }, () => generateKeyPairSync("rsa", { modulusLength: 2048 }));
  const paths = {
    leaves: join(folder, "leaves"),
    root: join(folder, "root.pem"),
    issuing: join(folder, "issuing.pem"),
  };
  mkdirSync(paths.leaves);
  writeFileSync(paths.root, pem(root));
  writeFileSync(paths.issuing, pem(issuing));
  for (let at = 0; at < count; at++) {
    const key = keys[at % KEYS];
    const one = leaf(`host${at}.example.com`, issuing, {
      notBefore: day(today - 10),
      notAfter: day(today + 80),
      ...(key && { key }),
    });
    writeFileSync(join(paths.leaves, `${at}.pem`), pem(one) + pem(issuing));
  }
  return paths;
}

export function pem({ certificate }: Issued): string {
  const base64 = Buffer.from(certificate.der).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}
