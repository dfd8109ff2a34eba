/** What stood at a path before it was made to deny, kept until the lockdown is lifted. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  lookAt,
  readWhole,
  removeDurably,
  writeAtomically,
  type Access,
} from "../../connections/file-system/atomic-file.ts";

const MOST_BYTES = 8 * 1024 * 1024;

const keptSchema = z.strictObject({
  /** Base64; null when nothing was there. */
  content: z.string().nullable(),
  access: z.strictObject({ mode: z.int(), uid: z.int().nullable(), gid: z.int().nullable() }),
});

export interface Standing {
  /** Null for nothing. */
  readonly content: Buffer | null;
  readonly access: Access;
}

const NEW_FILE: Access = { mode: 0o644, uid: null, gid: null };

/** What stands there now. Throws `file-refused` for a link: what it leads to may be somebody else's. */
export async function standingAt(path: string): Promise<Standing> {
  const entry = await lookAt(path);
  if (entry.type === "absent") return { content: null, access: NEW_FILE };
  const content = await readWhole(path, MOST_BYTES);
  if (entry.type === "link") return { content, access: NEW_FILE };
  const { mode, uid, gid } = entry;
  return { content, access: { mode, uid, gid } };
}

export async function putBack(path: string, { content, access }: Standing): Promise<void> {
  if (content === null) return removeDurably(path);
  await writeAtomically(path, content, access);
}

/** One for each path and lockdown. */
export class KeptFile {
  readonly #path: string;

  constructor(keepDir: string, lockdown: string, path: string) {
    const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
    this.#path = join(keepDir, `${lockdown}-${name}.json`);
  }

  async read(): Promise<Standing | null> {
    if ((await lookAt(this.#path)).type === "absent") return null;
    const text = await readWhole(this.#path, 2 * MOST_BYTES);
    const { content, access } = keptSchema.parse(JSON.parse(text.toString("utf8")));
    return { content: content === null ? null : Buffer.from(content, "base64"), access };
  }

  async write({ content, access }: Standing): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ content: content?.toString("base64") ?? null, access });
    await writeAtomically(this.#path, Buffer.from(text), { mode: 0o600, uid: null, gid: null });
  }

  remove(): Promise<void> {
    return removeDurably(this.#path);
  }
}
