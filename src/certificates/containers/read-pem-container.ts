import { malformed } from "../malformed.ts";
import type { Container, HeldKey, Trouble } from "./container.ts";
import { pemBlocks, type PemBlock } from "./pem-blocks.ts";
import { pkcs7Certificates } from "./pkcs7.ts";
import { pemKey } from "./private-key.ts";

/** More than any trust store has. */
const MOST_BLOCKS = 1_000;

const CERTIFICATE_LABELS = new Set(["CERTIFICATE", "X509 CERTIFICATE"]);
const PKCS7_LABELS = new Set(["PKCS7", "CMS"]);

export function readPemContainer(text: string, password: string | undefined): Container {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) throw malformed("file", "it is neither PEM nor DER");
  if (blocks.length > MOST_BLOCKS) throw malformed("file", `it has more than ${MOST_BLOCKS} blocks`);
  const certificates: Uint8Array[] = [];
  const keys: HeldKey[] = [];
  const trouble: Trouble[] = [];
  for (const block of blocks)
    try {
      readBlock(block, password, { certificates, keys });
    } catch (thrown) {
      trouble.push({
        where: `${block.label} at line ${block.line}`,
        problem: thrown instanceof Error ? thrown.message : "it cannot be read",
      });
    }
  const isPkcs7 = blocks.every(({ label }) => PKCS7_LABELS.has(label));
  return { format: isPkcs7 ? "pkcs7" : "pem", certificates, keys, trouble };
}

function readBlock(
  block: PemBlock,
  password: string | undefined,
  into: { readonly certificates: Uint8Array[]; readonly keys: HeldKey[] },
): void {
  const { label, der, problem } = block;
  const isCertificate = CERTIFICATE_LABELS.has(label);
  const isKey = label.endsWith("PRIVATE KEY");
  // Requests, parameters, revocation lists: not what is looked for.
  if (!isCertificate && !isKey && !PKCS7_LABELS.has(label)) return;
  if (der === null) throw new Error(problem ?? "it cannot be read");
  if (isCertificate) into.certificates.push(der);
  else if (isKey) into.keys.push(keyOf(block, password));
  else into.certificates.push(...pkcs7Certificates(der));
}

function keyOf(block: PemBlock, password: string | undefined): HeldKey {
  const key = pemKey(block, password);
  if (key === undefined) throw new Error("it is not a private key that can be read");
  return key;
}
