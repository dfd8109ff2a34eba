/** A folder with a file target in it, and a process that counts how often it is told to read again. */
import { join } from "node:path";
import { tempFolder } from "../../../temp-folder.ts";
import { SecretValue } from "../../../../src/domain/material.ts";
import type { Consumer, Reload, Target, TargetContext } from "../../../../src/domain/ports.ts";
import { systemClock } from "../../../../src/domain/system-clock.ts";
import type { Clock } from "../../../../src/domain/time.ts";
import { formatMarker, type Created } from "../../../../src/domain/version.ts";
import { file } from "../../../../src/targets/file.ts";

export const CANARY = "canary-5d1e7f0b93";
export const signal = new AbortController().signal;

export interface Place {
  readonly folder: string;
  readonly path: string;
  readonly target: Target;
  readonly consumer: Consumer;
}

export async function fileAt(
  name: string,
  settings: object = {},
  reloads: readonly Reload[] = [],
  folder = tempFolder(),
  clock: Clock = systemClock,
): Promise<Place> {
  const path = join(folder, name);
  const reload = reloads.map(({ id }) => ({ kind: id }));
  const config = file.schema.parse({ kind: "file", path, reload, ...settings });
  const context: TargetContext = {
    clock,
    env: {},
    connection: () => {
      throw new Error("a file needs no connection");
    },
    reload: async (wanted) => {
      const found = reloads.find(({ id }) => id === (wanted as { kind: string }).kind);
      if (found === undefined) throw new Error("no such reload");
      return found;
    },
  };
  const target = await file.connect(config, "api", context);
  const [consumer] = await target.consumers(signal);
  if (consumer === undefined) throw new Error("a file has one consumer");
  return { folder, path, target, consumer };
}

export function version(number: number, content: string, run = `run${number}`): Created {
  const marker = formatMarker("api", run, 1);
  return {
    ref: { secret: "api", version: number, marker },
    credential: { id: String(number), marker },
    material: { value: SecretValue.fromText(content) },
    createdAt: 1_700_000_000_000,
    notAfter: null,
  };
}

export function change({ ref }: Created): { secret: string; from: null; to: Created["ref"] } {
  return { secret: "api", from: null, to: ref };
}
