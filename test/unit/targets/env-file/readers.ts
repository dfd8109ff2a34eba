/** Readers of environment files, written apart from the code under test and in another manner: by pattern. */

/** As python-dotenv, ruby's dotenv and godotenv read it. */
export function parseDotenv(text: string): ReadonlyMap<string, string> {
  const pattern =
    /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:'([^']*)'|"((?:\\[^]|[^"\\])*)"|(.*?))[ \t]*(?:[ \t]#.*)?\r?$/gm;
  const all = new Map<string, string>();
  for (const [, key = "", single, double, bare] of text.matchAll(pattern)) {
    const unescaped = double?.replaceAll(/\\([^])/g, (_whole, code: string) =>
      code === "n" ? "\n" : code === "r" ? "\r" : code,
    );
    all.set(key, single ?? unescaped ?? bare ?? "");
  }
  return all;
}

/** As systemd.exec(5) tells of EnvironmentFile. */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  let rest = text;
  for (;;) {
    rest = rest.replace(/^(?:[ \t\r\n]+|[#;][^\r\n]*)+/, "");
    if (rest === "") return all;
    const [whole, key = "", equals] = /^([^=\r\n]*)(=?)/.exec(rest) ?? [""];
    rest = rest.slice(whole.length);
    if (equals !== "=") continue;
    const value = valueAt(rest);
    all.set(key.trim(), value.text);
    rest = rest.slice(value.length);
  }
}

/** Quoted pieces that stand together, then perhaps bare text to the line's end. */
function valueAt(text: string): { readonly text: string; readonly length: number } {
  let value = "";
  let at = 0;
  for (;;) {
    const piece = /^[ \t]*(?:'([^']*)'|"((?:\\[^]|[^"\\])*)")/.exec(text.slice(at));
    if (piece === null) break;
    value += piece[1] ?? (piece[2] ?? "").replaceAll(/\\([^])/g, unescape);
    at += piece[0].length;
  }
  const bare = /^(?:\\[^]|[^\\\r\n])*/.exec(text.slice(at))?.[0] ?? "";
  const said = bare.replaceAll(/\\([^])/g, (_whole, code: string) => (/[\r\n]/.test(code) ? "" : code));
  return { text: value + said.trim(), length: at + bare.length };
}

function unescape(whole: string, code: string): string {
  if (code === "\n") return "";
  return '"\\`$'.includes(code) ? code : whole;
}
