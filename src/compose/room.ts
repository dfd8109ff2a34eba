import { statfs } from "node:fs/promises";
import { RotationError } from "../domain/errors.ts";

/** What a run writes is far below this; what is left over lets it be undone. */
export const NEEDED_BYTES = 16 * 1024 * 1024;

/** Throws `disk-full` while one of these folders has no room for a run's records. */
export async function checkRoom(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    const { bavail, bsize } = await statfs(dir);
    if (bavail * bsize >= NEEDED_BYTES) continue;
    throw new RotationError("disk-full", {
      kind: "transient",
      message: `${dir} has less than ${NEEDED_BYTES / 1024 / 1024} MiB left`,
      hint: "Make room there; nothing is begun that might not be written down.",
    });
  }
}
