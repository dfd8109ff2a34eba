/** JSON pointers, RFC 6901. */

export function isJsonPointer(text: string): boolean {
  return /^(\/([^/~]|~[01])*)*$/.test(text);
}

/** What `pointer` leads to; `undefined` when it leads nowhere. */
export function resolvePointer(document: unknown, pointer: string): unknown {
  const tokens = pointer.split("/").slice(1);
  return tokens.reduce<unknown>((value, token) => step(value, unescape(token)), document);
}

/** Section 4: `~1` first, or `~01` would become `/`. */
function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

function step(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, token)) return undefined;
  return (value as Record<string, unknown>)[token];
}
