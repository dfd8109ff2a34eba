/** PostgreSQL's messages as a client sends them (https://www.postgresql.org/docs/current/protocol-message-formats.html). */

export interface Frame {
  readonly bytes: Buffer;
  /** The first message has no letter: it names the role and the database. */
  readonly isStartup: boolean;
  readonly text: string;
  /** The statement that it brings, when it brings one. */
  readonly statement: string | null;
}

export class FrameReader {
  #buffered: Buffer = Buffer.alloc(0);
  #hasBegun = false;

  /** Whole messages; the rest is kept for what comes next. */
  read(bytes: Buffer): readonly Frame[] {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | null {
    const lengthAt = this.#hasBegun ? 1 : 0;
    if (this.#buffered.length < lengthAt + 4) return null;
    const end = lengthAt + this.#buffered.readInt32BE(lengthAt);
    if (this.#buffered.length < end) return null;
    const bytes = this.#buffered.subarray(0, end);
    this.#buffered = this.#buffered.subarray(end);
    const isStartup = !this.#hasBegun;
    this.#hasBegun = true;
    const text = bytes.toString("latin1");
    // `Q` is a statement by itself, `P` one with parameters.
    return { bytes, isStartup, text, statement: !isStartup && /^[QP]/.test(text) ? text : null };
  }
}
