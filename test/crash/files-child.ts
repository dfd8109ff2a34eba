/** Brings a `files` target from whatever is there to version N, as a worker does: deliver, activate, prune; or back. */
import { readFileSync } from "node:fs";
import { formatMarker, type VersionRef } from "../../src/domain/version.ts";
import { SecretValue } from "../../src/domain/material.ts";
import type { Baseline } from "../../src/domain/ports.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { files } from "../../src/targets/files.ts";

const [path = "", what = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const config = files.schema.parse({
  kind: "files",
  path,
  files: {
    "cert.pem": { content: "{certificate}", mode: "0444" },
    "key.pem": { content: "{key}", mode: "0400", owner: "1234" },
  },
});
const target = await files.connect(config, "web", {
  clock: systemClock,
  env: {},
  connection: () => {
    throw new Error("no connection");
  },
  reload: () => Promise.reject(new Error("no reload")),
});
const [consumer] = await target.consumers(signal);
process.stdout.write("ready\n");
if (what === "back") await consumer?.revert(byHand(), ["web"], signal);
else await forward(Number(what));
process.stdout.write("done\n");

async function forward(number: number): Promise<void> {
  const ref = refOf(number);
  const part = (name: string): SecretValue => SecretValue.fromText(contentOf(name, number));
  const material = { certificate: part("cert"), key: part("key") };
  const credential = { id: String(number), marker: ref.marker };
  await target.store.deliver({ ref, credential, material, createdAt: 0, notAfter: null }, signal);
  await consumer?.activate([{ secret: "web", from: null, to: ref }], signal);
  await target.store.prune([ref], [refOf(number - 1), ref], signal);
}

/** What `current` tells of the files that the test put there, with the content that the journal would have sealed. */
function byHand(): Baseline {
  const { restore } = JSON.parse(readFileSync(`${path}-before.json`, "utf8")) as {
    restore: Baseline["items"][number]["restore"];
  };
  const content = { value: SecretValue.fromText(contentOf("cert", 0) + contentOf("key", 0)) };
  const held = { kind: "foreign", description: "by hand" } as const;
  return { consumer: consumer?.id ?? "", items: [{ secret: "web", held, restore, content }] };
}

function contentOf(name: string, version: number): string {
  return `${name} ${version} ${"x".repeat(5_000)} ${version}`;
}

function refOf(version: number): VersionRef {
  return { secret: "web", version, marker: formatMarker("web", "run", version) };
}
