import { quoteText } from "../../../connections/postgres/quote.ts";

/**
 * Settings that are lists of names: PostgreSQL keeps them written out, and reads one text as one name. The same list as in
 * pg_dump (`variable_is_guc_list_quote`).
 */
const LISTS: ReadonlySet<string> = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

/**
 * A value as it stands behind `SET name TO`. Whoever signs in as the role may have chosen it, so every part is quoted anew: it
 * runs with keyturn's rights.
 */
export function settingValue(name: string, value: string): string {
  if (!LISTS.has(name)) return quoteText(value);
  const parts = [...value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^,\s]*))\s*(?:,|$)/g)];
  const names = parts.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
  return names.length === 0 ? "''" : names.map(quoteText).join(", ");
}
