/** A folder with a `files` target for a certificate and its key in it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../../temp-folder.ts";
import { SecretValue } from "../../../../src/domain/material.ts";
import type { Consumer, Target, TargetContext } from "../../../../src/domain/ports.ts";
import { systemClock } from "../../../../src/domain/system-clock.ts";
import { formatMarker, type Created } from "../../../../src/domain/version.ts";
import { files } from "../../../../src/targets/files.ts";

export const signal = new AbortController().signal;

const PAIR = { "cert.pem": { content: "{certificate}", mode: "0444" }, "key.pem": { content: "{key}" } };

export interface FilesFolder {
  readonly folder: string;
  readonly target: Target;
  readonly consumer: Consumer;
  read(name: string): string;
}

const context: TargetContext = {
  clock: systemClock,
  env: {},
  connection: () => {
    throw new Error("files need no connection");
  },
  reload: () => Promise.reject(new Error("no such reload")),
};

export async function filesIn(
  folder = tempFolder(),
  named: Readonly<Record<string, object>> = PAIR,
): Promise<FilesFolder> {
  const config = files.schema.parse({ kind: "files", path: folder, files: named });
  const target = await files.connect(config, "web", context);
  const [consumer] = await target.consumers(signal);
  if (consumer === undefined) throw new Error("a target of files has a consumer");
  return { folder, target, consumer, read: (name) => readFileSync(join(folder, name), "utf8") };
}

export function version(number: number, run = "run"): Created {
  const marker = formatMarker("web", run, number);
  const part = (name: string): SecretValue => SecretValue.fromText(`${name} ${number}`);
  return {
    ref: { secret: "web", version: number, marker },
    credential: { id: String(number), marker },
    material: { certificate: part("cert"), key: part("key") },
    createdAt: 0,
    notAfter: null,
  };
}

/** Delivers and switches to it. */
export async function bringTo(place: FilesFolder, number: number): Promise<void> {
  const created = version(number);
  await place.target.store.deliver(created, signal);
  await place.consumer.activate([{ secret: "web", from: null, to: created.ref }], signal);
  await place.consumer.confirm([{ secret: "web", from: null, to: created.ref }], signal);
}
