/**
 * Content templates: `{part}` stands for a part of a version's material, `{{` and `}}` for the braces themselves.
 * Everything is put together in bytes, so that no intermediate string holds the secret.
 */
import { RotationError } from "./errors.ts";
import { SecretValue, type Material, type PartName } from "./material.ts";

type Piece = { readonly text: string } | { readonly part: PartName };

const TOKEN = /\{\{|\}\}|\{([a-zA-Z][a-zA-Z0-9_-]*)\}|[{}]|[^{}]+/g;

/** The parts a template names, each once, in order; `null` when the template has a brace that stands alone. */
export function templateParts(template: string): readonly PartName[] | null {
  const pieces = parse(template);
  if (pieces === null) return null;
  return [...new Set(pieces.flatMap((piece) => ("part" in piece ? [piece.part] : [])))];
}

/** Fills the template in; throws `template-invalid` for a part that the material does not have. */
export function renderTemplate(template: string, material: Material): SecretValue {
  const pieces = parse(template);
  if (pieces === null)
    throw invalid("the content template has a brace that stands alone", "Write {{ or }} for a brace.");
  const buffers = pieces.map((piece) =>
    "text" in piece ? Buffer.from(piece.text, "utf8") : partBytes(piece.part, material),
  );
  const whole = Buffer.concat(buffers);
  try {
    return SecretValue.fromBytes(whole);
  } finally {
    whole.fill(0);
  }
}

/**
 * The part that was filled in, where the template has exactly one and the content can be read back; null otherwise. A
 * line break at the end is not part of it: editors and `echo` put it there.
 */
export function readTemplate(template: string, content: SecretValue): Material | null {
  const pieces = parse(template) ?? [];
  const at = pieces.findIndex((piece) => "part" in piece);
  const piece = pieces[at];
  if (piece === undefined || !("part" in piece)) return null;
  if (pieces.filter((each) => "part" in each).length > 1) return null;
  const before = Buffer.from(textOf(pieces.slice(0, at)));
  const after = Buffer.from(textOf(pieces.slice(at + 1)));
  return content.revealBytes((bytes) => {
    const whole = after.at(-1) === LF ? bytes : withoutLineBreak(bytes);
    const end = whole.length - after.length;
    if (end < before.length || !whole.subarray(0, before.length).equals(before)) return null;
    if (!whole.subarray(end).equals(after)) return null;
    return { [piece.part]: SecretValue.fromBytes(whole.subarray(before.length, end)) };
  });
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => ("text" in piece ? piece.text : "")).join("");
}

const CR = 0x0d;
const LF = 0x0a;

function withoutLineBreak(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== LF) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CR ? -2 : -1);
}

function partBytes(part: PartName, material: Material): Buffer {
  const value = Object.hasOwn(material, part) ? material[part] : undefined;
  if (value === undefined) {
    const known = Object.keys(material).map((name) => `{${name}}`);
    throw invalid(
      `the content template names {${part}}, which this version does not have`,
      `It has ${known.join(", ")}.`,
    );
  }
  return value.revealBytes((bytes) => bytes);
}

function parse(template: string): readonly Piece[] | null {
  const pieces: Piece[] = [];
  for (const [token, part] of template.matchAll(TOKEN)) {
    if (part !== undefined) pieces.push({ part });
    else if (token === "{{") pieces.push({ text: "{" });
    else if (token === "}}") pieces.push({ text: "}" });
    else if (token === "{" || token === "}") return null;
    else pieces.push({ text: token });
  }
  return pieces;
}

function invalid(message: string, hint: string): RotationError {
  return new RotationError("template-invalid", { kind: "rejected", message, hint });
}
