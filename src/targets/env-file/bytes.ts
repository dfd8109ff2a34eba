/** Characters as bytes, since text that was a string once stays in memory. UTF-8 has no ASCII byte inside other characters. */

export function codeOf(character: string): number {
  return character.charCodeAt(0);
}

export function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Buffer.from(characters, "latin1"));
}

/** Collects bytes and gives them away once; what it held on the way is zeroed. */
export class ByteText {
  #bytes = Buffer.alloc(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(...codes: readonly number[]): void {
    for (const code of codes) {
      if (this.#length === this.#bytes.length) this.#grow();
      this.#bytes[this.#length] = code;
      this.#length += 1;
    }
  }

  /** The first `length` bytes, or all; it is empty afterwards. */
  take(length = this.#length): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, length));
    this.#bytes.fill(0);
    this.#length = 0;
    return taken;
  }

  #grow(): void {
    const larger = Buffer.alloc(this.#bytes.length * 2);
    this.#bytes.copy(larger);
    this.#bytes.fill(0);
    this.#bytes = larger;
  }
}
