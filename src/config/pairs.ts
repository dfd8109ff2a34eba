/** `notWith`: two secrets that never rotate in the same opening of the window. Written at one of them, it holds for both. */
import type { DraftSecret, Placed } from "./cross-checks.ts";
import { problemAt } from "./explain.ts";
import { didYouMean, type Problem } from "./problem.ts";

type Secrets = ReadonlyMap<string, Placed<DraftSecret>>;

export type Partners = ReadonlyMap<string, readonly string[]>;

export function partnersOf(secrets: Secrets): Partners {
  const partners = new Map<string, Set<string>>();
  const join = (one: string, other: string): void => {
    partners.set(one, (partners.get(one) ?? new Set()).add(other));
  };
  for (const { name, entry } of secrets.values()) {
    for (const other of entry.notWith) {
      join(name, other);
      join(other, name);
    }
  }
  return new Map([...partners].map(([name, others]) => [name, [...others].toSorted()]));
}

export function checkPairs(
  { name, source, path, entry }: Placed<DraftSecret>,
  secrets: Secrets,
  problems: Problem[],
): void {
  entry.notWith.forEach((other, index) => {
    const found = whatIsWrong(name, other, secrets);
    if (found === null) return;
    problems.push(problemAt(source, [...path, "notWith", index], found.message, found.hint));
  });
}

function whatIsWrong(
  name: string,
  other: string,
  secrets: Secrets,
): { readonly message: string; readonly hint: string | null } | null {
  if (other === name) return { message: "a secret cannot be kept apart from itself", hint: null };
  if (!secrets.has(other))
    return { message: `there is no secret \`${other}\``, hint: didYouMean(other, [...secrets.keys()]) };
  const [dependant, needed] = dependsOn(name, other, secrets) ? [name, other] : [other, name];
  if (!dependsOn(dependant, needed, secrets)) return null;
  return {
    message: `\`${dependant}\` depends on \`${needed}\`, so they rotate together`,
    hint: "Keep either `notWith` or `dependsOn`.",
  };
}

/** Directly or through others; without recursion, since a chain may be as long as the configuration. */
function dependsOn(from: string, to: string, secrets: Secrets): boolean {
  const seen = new Set<string>();
  const pending = [from];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next !== from && next === to) return true;
    pending.push(...(secrets.get(next)?.entry.dependsOn ?? []));
  }
  return false;
}
