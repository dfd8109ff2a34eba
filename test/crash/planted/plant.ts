import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Edit } from "./bug.ts";

const SOURCE = new URL("../../../src/", import.meta.url);

/** Patches the source that this process loads from now on; the files stay as they are. */
export function plant(edits: readonly Edit[]): void {
  const patched = new Map<string, string>();
  for (const edit of edits) {
    const { href } = new URL(edit.file, SOURCE);
    patched.set(href, apply(edit, patched.get(href) ?? readFileSync(fileURLToPath(href), "utf8")));
  }
  registerHooks({
    load: (url, context, next) => {
      const source = patched.get(url);
      return source === undefined
        ? next(url, context)
        : { format: "module-typescript", source, shortCircuit: true };
    },
  });
}

function apply({ file, find, replace }: Edit, source: string): string {
  const parts = source.split(inAnyLayout(find));
  if (parts.length !== 2) throw new Error(`src/${file} has ${parts.length - 1} times: ${find}`);
  return parts.join(replace);
}

/** However the source is broken into lines. */
function inAnyLayout(text: string): RegExp {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(/[^\w\s]/g, "\\$&"));
  return new RegExp(words.join("\\s+"));
}
