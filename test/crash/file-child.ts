/** Brings a file target from whatever is there to version N, as a worker does: deliver, activate, prune. */
import { formatMarker, type VersionRef } from "../../src/domain/version.ts";
import { SecretValue } from "../../src/domain/material.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { file } from "../../src/targets/file.ts";

const [path = "", numbers = "", size = "0"] = process.argv.slice(2);
const signal = new AbortController().signal;
const target = await file.connect(file.schema.parse({ kind: "file", path, owner: "1234" }), "api", {
  clock: systemClock,
  env: {},
  connection: () => {
    throw new Error("no connection");
  },
  reload: () => Promise.reject(new Error("no reload")),
});
const [consumer] = await target.consumers(signal);
process.stdout.write("ready\n");
for (const number of numbers.split(",").map(Number)) {
  const ref = refOf(number);
  const material = { value: SecretValue.fromText(`${number}:${"x".repeat(Number(size))}:${number}`) };
  const credential = { id: String(number), marker: ref.marker };
  await target.store.deliver({ ref, credential, material, createdAt: 0, notAfter: null }, signal);
  await consumer?.activate([{ secret: "api", from: null, to: ref }], signal);
  await target.store.prune([ref], [refOf(number - 1), ref], signal);
}
process.stdout.write("done\n");

function refOf(version: number): VersionRef {
  return { secret: "api", version, marker: formatMarker("api", "run", version) };
}
