import { malformed } from "../malformed.ts";
import { readHeader } from "./read-header.ts";

/** One element: its tag, its content, and `whole` with tag and length. */
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** Reads the elements of a structure's content one after the other. Every error is `certificate-malformed`. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #field: string;
  #offset = 0;

  constructor(bytes: Uint8Array, field: string) {
    this.#bytes = bytes;
    this.#field = field;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  next(what: string): Element {
    // Only a structure that `checkDer` has passed is read, so that this finds nothing wrong but its end.
    const header = readHeader(this.#bytes, this.#offset, this.#bytes.length, this.#field, what);
    const whole = this.#bytes.subarray(this.#offset, header.end);
    this.#offset = header.end;
    return { tag: header.tag, content: this.#bytes.subarray(header.contentStart, header.end), whole };
  }

  /** The next element, which must have this tag. */
  expect(tag: number, what: string): Element {
    if (this.#bytes[this.#offset] !== tag)
      throw malformed(this.#named(what), this.done ? "it is missing" : "something else stands in its place");
    return this.next(what);
  }

  /** The next element if it has this tag. */
  optional(tag: number, what: string): Element | undefined {
    return this.#bytes[this.#offset] === tag ? this.next(what) : undefined;
  }

  /** A structure inside this one. */
  into(tag: number, what: string): DerReader {
    return new DerReader(this.expect(tag, what).content, this.#named(what));
  }

  /** Refuses anything that is left. */
  finish(): void {
    if (!this.done) throw malformed(this.#field, "it has more fields than it may");
  }

  #named(what: string): string {
    return `${this.#field}.${what}`;
  }
}
