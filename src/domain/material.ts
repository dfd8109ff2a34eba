import { inspect } from "node:util";

/** Name of one part of a version's material: `value`, `username`, `password`, `certificate`, `key`, `chain`. */
export type PartName = string;

/**
 * A secret in memory. Every way of printing it gives `[secret]`; `reveal` and `revealBytes` are the only readers.
 * The bytes are ours and are zeroed by `wipe`; text that a caller or a JSON parser made from them is not.
 */
export class SecretValue {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static fromText(text: string): SecretValue {
    return new SecretValue(Buffer.from(text, "utf8"));
  }

  /** Copies `bytes`, so that the caller may wipe its own. */
  static fromBytes(bytes: Uint8Array): SecretValue {
    return new SecretValue(Buffer.from(bytes));
  }

  reveal<T>(use: (text: string) => T): T {
    return use(this.#bytes.toString("utf8"));
  }

  revealBytes<T>(use: (bytes: Buffer) => T): T {
    return use(this.#bytes);
  }

  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** What a version consists of: `{value}`, `{username, password}`, `{key, certificate, chain}`. */
export type Material = Readonly<Record<PartName, SecretValue>>;
