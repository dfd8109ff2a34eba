/**
 * Files under a stable path. Each version is a file `<basename>_v<N>.<run>.<attempt>` beside the path, and the path is a
 * relative symlink that is switched in one step; a container must therefore mount the folder, not the file. Needs write
 * permission on the folder, and the capability CHOWN for an owner other than keyturn's own user.
 */
import { resolve } from "node:path";
import { fileSchema, type FileConfig } from "./file/config.ts";
import { heldMaterial } from "./file/held-material.ts";
import { FileConsumer } from "./file/consumer.ts";
import { stablePath } from "./file/stable-path.ts";
import { FileStore } from "./file/store.ts";
import { expandPath } from "../connections/schema.ts";
import type { Target, TargetKind } from "../domain/ports.ts";

export const file: TargetKind<FileConfig> = {
  kind: "file",
  schema: fileSchema,
  async connect(config, secret, context) {
    const path = resolve(expandPath(config.path, context.env));
    const reloads = await Promise.all(config.reload.map((each) => context.reload(each)));
    const place = stablePath(path);
    const consumer = new FileConsumer([{ secret, place }], reloads, context.clock);
    const store = new FileStore(path, secret, config);
    return {
      store,
      async consumers(signal) {
        await store.assertThere(signal);
        return [consumer];
      },
      held: () => heldMaterial(place, secret, config.content),
      async close() {},
    } satisfies Target;
  },
};
