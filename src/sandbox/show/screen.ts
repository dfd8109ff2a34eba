/** Lines that stay, and on a terminal one line at the bottom that changes. */

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export class Screen {
  readonly #out: Output;
  readonly #coloured: boolean;
  readonly live: boolean;
  #status = "";

  constructor(out: Output, env: NodeJS.ProcessEnv) {
    this.#out = out;
    this.live = out.isTTY === true && env["TERM"] !== "dumb";
    // https://no-color.org
    this.#coloured = this.live && !env["NO_COLOR"];
  }

  paint(text: string, style: Style): string {
    const [on, off] = CODES[style];
    return this.#coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  print(text = ""): void {
    this.#out.write(this.live ? `\r\u001b[K${text}\n${this.#status}` : `${text}\n`);
  }

  /** Plain text, cut so that it never wraps: a wrapped line could not be wiped. Nothing where output is not a terminal. */
  showStatus(text: string): void {
    if (!this.live) return;
    this.#status = this.paint(text.slice(0, (this.#out.columns ?? 80) - 1), "dim");
    this.#out.write(`\r\u001b[K${this.#status}`);
  }

  wipeStatus(): void {
    if (this.#status === "") return;
    this.#status = "";
    this.#out.write("\r\u001b[K");
  }
}
