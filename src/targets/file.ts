/**
 * Files under a stable path. Each version is a file `<basename>_v<N>.<run>.<attempt>` beside the path, and the path is a
 * relative symlink that is switched in one step; a container must therefore mount the folder, not the file. Needs write
 * permission on the folder, and the capability CHOWN for an owner other than keyturn's own user.
 */
import { resolve } from "node:path";
import { fileSchema, type FileConfig } from "./file/config.ts";
import { heldMaterial } from "./file/held-material.ts";
import { FileConsumer } from "./file/consumer.ts";
import { inspectPlace } from "./file/inspect-place.ts";
import { stablePath } from "./file/stable-path.ts";
import { FileStore, fileStoreId } from "./file/store.ts";
import { expandPath } from "../connections/schema.ts";
import type { Context, Target, TargetKind } from "../domain/ports.ts";

export const file: TargetKind<FileConfig> = {
  kind: "file",
  schema: fileSchema,
  storeId: (config, env) => fileStoreId(stablePathOf(config, env)),
  async connect(config, secret, context) {
    const path = stablePathOf(config, context.env);
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
      files: [path],
      inspect: () => inspectPlace({ path, place, secret, owner: config.owner, keepsOwner: false }),
      held: () => heldMaterial(place, secret, config.content),
      async close() {},
    } satisfies Target;
  },
};

function stablePathOf({ path }: FileConfig, env: Context["env"]): string {
  return resolve(expandPath(path, env));
}
