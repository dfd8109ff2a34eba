import { createPublicKey, hash, type KeyObject } from "node:crypto";
import type { Container } from "../containers/container.ts";
import { checkRow } from "../diagnosis/check-rules.ts";
import type { CheckFinding, Level } from "../diagnosis/diagnosis.ts";
import type { Held, Judge, Judgement } from "./judge.ts";
import type { CertificateFile } from "./read-file.ts";

/** What is in a file, judged; and the ids of its keys, for others to find theirs. */
export interface CheckedFile {
  readonly held: Held;
  readonly judgement: Judgement;
  /** What is told of the file, and not of a certificate in it. */
  readonly findings: readonly CheckFinding[];
  readonly keyIds: readonly string[];
}

export function checkFile({ container, isPublic }: CertificateFile, judge: Judge): CheckedFile {
  const keys = container.keys.flatMap(({ key }) => (key === null ? [] : [key]));
  const held = heldBy(container, keys);
  const judgement = judge.judge(held);
  const holds = judgement.holds === "nothing" && container.keys.length > 0 ? "keys" : judgement.holds;
  return {
    held,
    judgement: { ...judgement, holds },
    findings: [...keyFindings(container, isPublic)],
    keyIds: keys.map(keyIdOf),
  };
}

/** PKCS#7 is a set, and what reads PKCS#12 sorts for itself. */
function heldBy({ format, certificates, trouble }: Container, keys: readonly KeyObject[]): Held {
  const [key] = keys;
  const isOrdered = format === "pem" || format === "der";
  return { certificates, trouble, isOrdered, ...(key && { key }) };
}

/** SHA-256 of the public half: equal for a certificate and its key (`PublicKey.id`). */
function keyIdOf(key: KeyObject): string {
  return hash("sha256", createPublicKey(key).export({ type: "spki", format: "der" }), "hex");
}

function* keyFindings({ keys, certificates }: Container, isPublic: boolean): Iterable<CheckFinding> {
  if (keys.length > 0 && isPublic)
    yield told("key-private", "error", "everybody on this machine may read the private key");
  if (certificates.length > 0 && keys.some(({ key }) => key === null))
    yield told(
      "key-matches",
      "notice",
      "its key is encrypted, so whether it belongs to the certificate is not known",
    );
}

function told(rule: "key-private" | "key-matches", level: Level, message: string): CheckFinding {
  const { section, mend } = checkRow(rule);
  return { rule, section, level, certificate: null, message, mend };
}
