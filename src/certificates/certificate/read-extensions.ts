import { checkDer } from "../der/check-der.ts";
import { DerReader } from "../der/der-reader.ts";
import { readOid } from "../der/read-oid.ts";
import { TAG } from "../der/tags.ts";
import { malformed } from "../malformed.ts";
import { EXTENSION_DECODERS } from "./extension-decoders.ts";
import { EXTENSION } from "./extension-ids.ts";
import type { Extension, KnownExtensions } from "./extensions.ts";

/** More than any certificate has; each costs a decoding. */
const MAX_EXTENSIONS = 128;

/** Extensions (RFC 5280 section 4.1.2.9), in their order. `content` is that of the SEQUENCE OF. */
export function readExtensions(content: Uint8Array, field: string): readonly Extension[] {
  const reader = new DerReader(content, field);
  const extensions: Extension[] = [];
  while (!reader.done) {
    if (extensions.length === MAX_EXTENSIONS)
      throw malformed(field, `it has more than ${MAX_EXTENSIONS} extensions`);
    extensions.push(readExtension(reader.into(TAG.sequence, "extension"), field));
  }
  if (extensions.length === 0) throw malformed(field, "it lists no extensions");
  return extensions;
}

function readExtension(reader: DerReader, field: string): Extension {
  const id = readOid(reader.expect(TAG.oid, "id").content, field);
  const critical = reader.optional(TAG.boolean, "critical");
  const value = reader.expect(TAG.octetString, "value");
  reader.finish();
  if (critical?.content[0] === 0)
    throw malformed(`${field}.${nameOf(id)}`, "critical is written out as FALSE");
  return { id, critical: critical !== undefined, value: value.content };
}

/** Decodes the understood ones among them. Of an extension that stands twice the first counts; a rule refuses it. */
export function decodeExtensions(extensions: readonly Extension[]): KnownExtensions {
  const seen = new Set<string>();
  let known: KnownExtensions = {};
  for (const { id, value } of extensions) {
    const decoder = EXTENSION_DECODERS.get(id);
    if (decoder === undefined || seen.has(id)) continue;
    seen.add(id);
    const field = `extensions.${nameOf(id)}`;
    checkDer(value, field);
    known = { ...known, ...decoder(value, field) };
  }
  return known;
}

const NAMES = new Map<string, string>(Object.entries(EXTENSION).map(([name, id]) => [id, name]));

/** For people: the extension's name, or its object identifier. */
export function nameOf(id: string): string {
  return NAMES.get(id) ?? id;
}
