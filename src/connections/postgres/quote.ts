/** Names and texts inside statements that take no parameters (`ALTER ROLE`, `GRANT`). */

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `E''` reads the same whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes("\\") ? `E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}
