/** The environment file on disk: read whole, replaced whole. */
import {
  lookAt,
  readWhole,
  removeDurably,
  writeAtomically,
  type Access,
  type Entry,
} from "../../connections/file-system/atomic-file.ts";
import { refusedFile } from "../../connections/file-system/file-failure.ts";
import { resolveOwner } from "../file/owner.ts";
import type { EnvFileConfig } from "./config.ts";

/** Far more than an environment may hold. */
const LARGEST = 1024 * 1024;
const NEW_FILE_MODE = 0o600;

export class EnvFile {
  readonly path: string;
  readonly #config: Pick<EnvFileConfig, "mode" | "owner">;

  constructor(path: string, config: Pick<EnvFileConfig, "mode" | "owner">) {
    this.path = path;
    this.#config = config;
  }

  /** `null` when it is not there. The caller wipes it. */
  async read(): Promise<Buffer | null> {
    const there = await this.#look();
    return there.type === "absent" ? null : readWhole(this.path, LARGEST);
  }

  /** Replaces it by what `change` makes of it, and wipes both. A file that is not there is empty. */
  async change(change: (before: Buffer) => Buffer): Promise<void> {
    const there = await this.#look();
    const before = there.type === "absent" ? Buffer.alloc(0) : await readWhole(this.path, LARGEST);
    const after = change(before);
    try {
      await writeAtomically(this.path, after, await this.#accessOf(there));
    } finally {
      before.fill(0);
      after.fill(0);
    }
  }

  async remove(): Promise<void> {
    await removeDurably(this.path);
  }

  async assertOwner(): Promise<void> {
    await resolveOwner(this.#config.owner);
  }

  async #look(): Promise<Exclude<Entry, { type: "link" }>> {
    const there = await lookAt(this.path);
    if (there.type !== "link") return there;
    throw refusedFile(
      `${this.path} is a link, which would be replaced by a file`,
      `Give the target the path that it leads to: ${there.target}.`,
    );
  }

  async #accessOf(there: Exclude<Entry, { type: "link" }>): Promise<Access> {
    const found = there.type === "file" ? there : { mode: NEW_FILE_MODE, uid: null, gid: null };
    const { uid, gid } = await resolveOwner(this.#config.owner);
    const mode = this.#config.mode === undefined ? found.mode : Number.parseInt(this.#config.mode, 8);
    return { mode, uid: uid ?? found.uid, gid: gid ?? found.gid };
  }
}
