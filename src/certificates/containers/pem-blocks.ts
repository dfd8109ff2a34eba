/** One block of a PEM text (RFC 7468; RFC 1421 where it has headers). */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  /** Where it begins, from 1. */
  readonly line: number;
  /** `null` when it does not end or is not base64. */
  readonly der: Buffer | null;
  /** As it stands in the file, for what only OpenSSL reads. */
  readonly text: string;
  /** Why `der` is `null`. */
  readonly problem: string | null;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Every block, also the broken ones; text between them is passed over. In one pass: what is fed to it may be large and made
 * to be slow.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const lines = text.split(/\r\n|\n|\r/);
  const blocks: PemBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const label = BEGIN.exec(lines[at] ?? "")?.[1];
    if (label === undefined) continue;
    const end = endOf(lines, at + 1, label);
    const body = lines.slice(at + 1, end.at);
    const whole = lines.slice(at, end.at + 1).join("\n");
    blocks.push({ label, line: at + 1, text: `${whole}\n`, ...decoded(body, end.isProper) });
    // A block that is cut short is followed by the next one's begin.
    at = end.isProper ? end.at : end.at - 1;
  }
  return blocks;
}

function endOf(
  lines: readonly string[],
  from: number,
  label: string,
): { readonly at: number; readonly isProper: boolean } {
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line.startsWith("-----")) return { at, isProper: line.trimEnd() === `-----END ${label}-----` };
  }
  return { at: lines.length, isProper: false };
}

function decoded(body: readonly string[], isProper: boolean): Pick<PemBlock, "der" | "problem"> {
  if (!isProper) return { der: null, problem: "it does not end: the file was cut short, or two were mixed" };
  const blank = body.findIndex((line) => line.trim() === "");
  const hasHeaders = body[0]?.includes(":") === true;
  const base64 = (hasHeaders ? body.slice(blank + 1) : body).join("").replaceAll(/\s+/g, "");
  if (!BASE64.test(base64) || base64.length % 4 !== 0 || base64 === "")
    return { der: null, problem: "it is not base64" };
  return { der: Buffer.from(base64, "base64"), problem: null };
}
