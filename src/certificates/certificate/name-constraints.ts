import { malformed } from "../malformed.ts";
import { DerReader } from "../der/der-reader.ts";
import { constructedTag, TAG } from "../der/tags.ts";
import { readGeneralName, type GeneralName } from "./general-name.ts";

/** The decoded extension (RFC 5280 section 4.2.1.10). `undefined` is absent, which is not the same as empty. */
export interface NameConstraints {
  readonly permitted?: readonly GeneralName[];
  readonly excluded?: readonly GeneralName[];
}

/** More than any certificate has. */
const MAX_SUBTREES = 5_000;

export function readNameConstraints(content: Uint8Array, field: string): NameConstraints {
  const outer = new DerReader(content, field);
  const reader = outer.into(TAG.sequence, "value");
  outer.finish();
  const permitted = reader.optional(constructedTag(0), "permittedSubtrees");
  const excluded = reader.optional(constructedTag(1), "excludedSubtrees");
  reader.finish();
  return {
    ...(permitted && { permitted: readSubtrees(permitted.content, `${field}.permittedSubtrees`) }),
    ...(excluded && { excluded: readSubtrees(excluded.content, `${field}.excludedSubtrees`) }),
  };
}

function readSubtrees(content: Uint8Array, field: string): readonly GeneralName[] {
  const reader = new DerReader(content, field);
  const bases: GeneralName[] = [];
  while (!reader.done) {
    if (bases.length === MAX_SUBTREES) throw malformed(field, `it lists more than ${MAX_SUBTREES} subtrees`);
    const subtree = reader.into(TAG.sequence, "subtree");
    bases.push(readGeneralName(subtree.next("base"), field));
    // DER leaves the default minimum out, and RFC 5280 forbids any other and a maximum.
    if (!subtree.done) throw malformed(field, "a subtree has a minimum or a maximum, which RFC 5280 forbids");
  }
  return bases;
}
