/**
 * One key of an environment file, in the dialect of dotenv or of systemd's EnvironmentFile (systemd.exec(5)); the rest of
 * the file stays as it is, to the byte. Versions are kept as files `<file>.<key>_v<N>.<run>.<attempt>` beside it, and the
 * link `<file>.<key>` leads to the one in use. Needs write permission on the folder, since the file is replaced whole, and
 * the capability CHOWN when the file belongs to somebody else.
 */
import { resolve } from "node:path";
import { envFileSchema, type EnvFileConfig } from "./env-file/config.ts";
import { dotenv } from "./env-file/dotenv.ts";
import { EnvFile } from "./env-file/env-file.ts";
import { EnvKey } from "./env-file/env-key.ts";
import { EnvFileStore, envFileStoreId } from "./env-file/store.ts";
import { systemd } from "./env-file/systemd.ts";
import { inspectPlace } from "./file/inspect-place.ts";
import { heldMaterial } from "./file/held-material.ts";
import { FileConsumer } from "./file/consumer.ts";
import { expandPath } from "../connections/schema.ts";
import type { Context, Target, TargetKind } from "../domain/ports.ts";

const DIALECTS = { dotenv, systemd };

export const envFile: TargetKind<EnvFileConfig> = {
  kind: "env-file",
  schema: envFileSchema,
  storeId: (config, env) => envFileStoreId(pathOf(config, env), config.key),
  async connect(config, secret, context) {
    const dialect = DIALECTS[config.format];
    const file = new EnvFile(pathOf(config, context.env), config);
    const place = new EnvKey(file, config.key, dialect);
    const reloads = await Promise.all(config.reload.map((each) => context.reload(each)));
    const consumer = new FileConsumer([{ secret, place }], reloads, context.clock);
    const store = new EnvFileStore({ file, place, dialect, secret, config });
    return {
      store,
      async consumers(signal) {
        await store.assertThere(signal);
        return [consumer];
      },
      files: [file.path],
      inspect: () => inspectPlace({ path: file.path, place, secret, owner: config.owner, keepsOwner: true }),
      held: () => heldMaterial(place, secret, config.content),
      async close() {},
    } satisfies Target;
  },
};

function pathOf({ path }: EnvFileConfig, env: Context["env"]): string {
  return resolve(expandPath(path, env));
}
