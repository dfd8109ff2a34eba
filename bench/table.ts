export interface Row {
  readonly what: string;
  readonly keyturn: string;
  readonly against: string;
  readonly ratio: string;
  readonly aim: string;
  readonly met: boolean;
}

/** A Markdown table, padded so that it reads well in a terminal too. */
export function formatTable(rows: readonly Row[]): string {
  const head = ["what", "keyturn", "against", "ratio or difference", "aim", "met"];
  const cells = [
    head,
    ...rows.map((row) => [row.what, row.keyturn, row.against, row.ratio, row.aim, row.met ? "yes" : "no"]),
  ];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)].join("\n");
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

export function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
