import { DerReader } from "../der/der-reader.ts";
import { readOid } from "../der/read-oid.ts";
import { TAG } from "../der/tags.ts";

/** An AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
export interface AlgorithmIdentifier {
  /** Dotted decimal. */
  readonly id: string;
  /** The parameters' DER; `undefined` when they are absent, which is not the same as NULL. */
  readonly parameters: Uint8Array | undefined;
  readonly whole: Uint8Array;
}

export function readAlgorithm(from: DerReader, field: string): AlgorithmIdentifier {
  const element = from.expect(TAG.sequence, field);
  const reader = new DerReader(element.content, field);
  const id = readOid(reader.expect(TAG.oid, "algorithm").content, field);
  const parameters = reader.done ? undefined : reader.next("parameters").whole;
  reader.finish();
  return { id, parameters, whole: element.whole };
}
