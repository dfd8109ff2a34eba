/**
 * The only way to standard output and standard error. Text is given in segments; each is made harmless before it is
 * coloured, so that nothing from outside (a name, a vendor's message) can steer the terminal.
 */
import type { Services } from "../services.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
export type Segment = string | { readonly text: string; readonly style: Style };
export type Line = readonly Segment[];

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** C0, DEL and C1 controls, line and paragraph separators, and what reorders text (Unicode TR 36). */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function escapeControls(text: string): string {
  return text.replace(UNSAFE, escapeOne);
}

function escapeOne(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

export function paint(text: string, style: Style): Segment {
  return { text, style };
}

export class Terminal {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  get columns(): number {
    const { stdout } = this.#services;
    return stdout.isTTY ? stdout.columns : 80;
  }

  /** Whether steps can be shown as a list that changes in place. */
  get live(): boolean {
    return this.#services.stdout.isTTY && this.#services.env["TERM"] !== "dumb";
  }

  get coloured(): boolean {
    return colouredOn(this.#services.stdout, this.#services);
  }

  /** Only where `live`. Home first, so that nothing flickers; what was longer goes. */
  clear(): void {
    this.#services.stdout.write("\u001b[H\u001b[2J");
  }

  print(...segments: Line): void {
    this.#services.stdout.write(`${render(segments, this.coloured)}\n`);
  }

  warn(...segments: Line): void {
    const { stderr } = this.#services;
    stderr.write(`${render(segments, colouredOn(stderr, this.#services))}\n`);
  }

  /** One JSON value on a line of its own. JSON leaves some controls as they are; inside its strings they may be escaped. */
  json(value: unknown): void {
    this.#services.stdout.write(`${JSON.stringify(value).replace(UNSAFE, escapeOne)}\n`);
  }

  /** The same with a list as its last key, written item by item: thousands of them are never one text in memory. */
  jsonWithList(fields: object, key: string, items: Iterable<unknown>): void {
    const { stdout } = this.#services;
    const write = (text: string) => stdout.write(text.replace(UNSAFE, escapeOne));
    const head = JSON.stringify(fields).slice(0, -1);
    write(`${head}${head === "{" ? "" : ","}${JSON.stringify(key)}:[`);
    let separator = "";
    for (const item of items) {
      write(`${separator}${JSON.stringify(item)}`);
      separator = ",";
    }
    stdout.write("]}\n");
  }
}

/** https://no-color.org: any value that is not empty switches colour off. */
function colouredOn(stream: { readonly isTTY?: boolean }, { env }: Services): boolean {
  if (env["NO_COLOR"]) return false;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

function render(segments: Line, coloured: boolean): string {
  return segments.map((segment) => renderSegment(segment, coloured)).join("");
}

function renderSegment(segment: Segment, coloured: boolean): string {
  if (typeof segment === "string") return escapeControls(segment);
  const text = escapeControls(segment.text);
  const [on, off] = CODES[segment.style];
  return coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}
