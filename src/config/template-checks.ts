/** Templates of a secret's targets, held against the parts that its issuer's versions have. */
import { templateParts } from "../domain/template.ts";
import type { LeafKind } from "./config.ts";
import { problemAt } from "./explain.ts";
import type { CheckedLeaf } from "./leaves.ts";
import type { PathSegment, Problem } from "./problem.ts";

interface Template {
  readonly path: readonly PathSegment[];
  readonly text: string;
}

/** `parts` is not given where they are not known beforehand. */
export function checkTemplates(
  { leaf, site }: CheckedLeaf<LeafKind>,
  parts: readonly string[] | undefined,
  problems: Problem[],
): void {
  if (leaf === null || parts === undefined) return;
  for (const { path, text } of templatesIn(leaf.config)) {
    const missing = (templateParts(text) ?? []).find((part) => !parts.includes(part));
    if (missing === undefined) continue;
    const known = parts.map((part) => `{${part}}`).join(", ");
    const message = `names {${missing}}, which the issuer's versions do not have`;
    problems.push(problemAt(site.source, [...site.path, ...path], message, `They have ${known}.`));
  }
}

/** A target's own template, or those of its files. */
function templatesIn(config: unknown): readonly Template[] {
  if (typeof config !== "object" || config === null) return [];
  if ("content" in config && typeof config.content === "string")
    return [{ path: ["content"], text: config.content }];
  if (!("files" in config) || typeof config.files !== "object" || config.files === null) return [];
  return Object.entries(config.files).flatMap(([name, file]: [string, unknown]) =>
    templatesIn(file).map(({ path, text }) => ({ path: ["files", name, ...path], text })),
  );
}
