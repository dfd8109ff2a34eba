/**
 * Plays scenarios with faults, in a process of its own, until a violation is seen. With the name of a planted bug, the
 * source is patched while it is loaded. Usage: hunt-child.ts SEED PLAYS [BUG]. Prints the violation as JSON, or `null`.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { BUGS, type Bug, type Edit } from "./bugs.ts";

const SOURCE = new URL("../../../src/", import.meta.url);
const [seed = "1", plays = "100", name] = process.argv.slice(2);

const bug = BUGS.find((each) => each.name === name);
if (name !== undefined && bug === undefined) throw new Error(`there is no bug ${name}`);
if (bug !== undefined) plant(bug);
// Only now, so that the patched source is what is loaded.
const { seek } = await import("./seek.ts");
process.stdout.write(JSON.stringify(await seek(Number(seed), Number(plays), bug?.scenario ?? null)));

function plant({ edits }: Bug): void {
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
