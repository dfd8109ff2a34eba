/**
 * Several files that belong together, such as a certificate and its key, under stable paths in one folder. Each version is a
 * folder `.<name>_v<N>.<run>.<attempt>` there, and the stable paths lead through the link `.<name>`: one rename switches all
 * of them. A container must mount the folder. Needs write permission on it, and the capability CHOWN for an owner other than
 * keyturn's own user.
 */
import { join, resolve } from "node:path";
import { FileConsumer } from "./file/consumer.ts";
import { filesSchema, type FilesConfig } from "./files/config.ts";
import { GenerationPlace } from "./files/generation-place.ts";
import { heldParts } from "./files/held-parts.ts";
import { inspectFiles } from "./files/inspect-files.ts";
import type { Layout } from "./files/layout.ts";
import { FilesStore, filesStoreId } from "./files/store.ts";
import { expandPath } from "../connections/schema.ts";
import type { Context, Target, TargetKind } from "../domain/ports.ts";

export const files: TargetKind<FilesConfig> = {
  kind: "files",
  schema: filesSchema,
  storeId: (config, env) => filesStoreId(layoutOf(config, env)),
  async connect(config, secret, context) {
    const layout = layoutOf(config, context.env);
    const reloads = await Promise.all(config.reload.map((each) => context.reload(each)));
    const place = new GenerationPlace(layout, Object.keys(config.files));
    const consumer = new FileConsumer([{ secret, place }], reloads, context.clock);
    const store = new FilesStore(layout, secret, config.files, context.env);
    return {
      store,
      async consumers(signal) {
        await store.assertThere(signal);
        return [consumer];
      },
      files: Object.keys(config.files).map((name) => join(layout.folder, name)),
      inspect: () => inspectFiles(config.files, layout, place, secret),
      held: () => heldParts(config.files, place, secret),
      async close() {},
    } satisfies Target;
  },
};

function layoutOf({ path, name }: FilesConfig, env: Context["env"]): Layout {
  return { folder: resolve(expandPath(path, env)), base: `.${name}` };
}
