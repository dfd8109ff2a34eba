/** An env-file target on one key of one file, and a version to put into it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../../temp-folder.ts";
import type { Consumer, Reload, Target } from "../../../../src/domain/ports.ts";
import { systemClock } from "../../../../src/domain/system-clock.ts";
import { envFile } from "../../../../src/targets/env-file.ts";

export interface EnvPlace {
  readonly folder: string;
  readonly path: string;
  readonly target: Target;
  readonly consumer: Consumer;
}

/** `text`: what the file holds; `null` for none. */
export async function envFileWith(
  text: string | Buffer | null,
  settings: object = {},
  folder = tempFolder(),
  reloads: readonly Reload[] = [],
): Promise<EnvPlace> {
  const path = join(folder, "app.env");
  if (text !== null) writeFileSync(path, text, { mode: 0o640 });
  const reload = reloads.map(({ id }) => ({ kind: id }));
  const config = envFile.schema.parse({
    kind: "env-file",
    path,
    key: "API_KEY",
    format: "dotenv",
    reload,
    ...settings,
  });
  const target = await envFile.connect(config, "api", {
    clock: systemClock,
    env: {},
    connection: () => {
      throw new Error("an env-file needs no connection");
    },
    reload: async (wanted) => {
      const found = reloads.find(({ id }) => id === (wanted as { kind: string }).kind);
      if (found === undefined) throw new Error("no such reload");
      return found;
    },
  });
  const [consumer] = await target.consumers(new AbortController().signal);
  if (consumer === undefined) throw new Error("an env-file has one consumer");
  return { folder, path, target, consumer };
}
