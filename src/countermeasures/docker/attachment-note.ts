/**
 * How a container was on its networks, written down before it is taken off them: the engine forgets it then, and the
 * journal, for which no containment waits, may learn of it too late.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../../domain/ports.ts";

type Attachments = Readonly<Record<string, Json>>;

export class AttachmentNote {
  readonly #dir: string;
  readonly #path: string;

  constructor(keepDir: string, container: string) {
    this.#dir = join(keepDir, "networks");
    this.#path = join(this.#dir, `${container}.json`);
  }

  /** Adds to what is noted: of a network that is there already, the first note is the true one. */
  async add(networks: Attachments): Promise<void> {
    const all = JSON.stringify({ ...networks, ...(await this.read()) });
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // It is not synced: a loss of power ends the container as well, and a slow disk must not hold anything up.
    await writeFile(`${this.#path}.new`, all, { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }

  /** Empty when there is none. */
  async read(): Promise<Attachments> {
    const text = await readFile(this.#path, "utf8").catch(() => "{}");
    // SAFETY of the cast: `add` wrote it, in one piece.
    return JSON.parse(text) as Attachments;
  }

  remove(): Promise<void> {
    return rm(this.#path, { force: true });
  }
}
