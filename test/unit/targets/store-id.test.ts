/** What a store will be called is told without connecting it; it must be what the connected one is called. */
import { expect, test } from "vitest";
import type { TargetContext } from "../../../src/domain/ports.ts";
import { targets } from "../../../src/targets/index.ts";

const ENV = { SECRETS: "/run/secrets" };
const SAMPLES: Readonly<Record<string, object>> = {
  "docker-secret": { kind: "docker-secret", connection: "swarm", name: "azure_secret" },
  "docker-config": { kind: "docker-config", connection: "swarm", name: "site", content: "{fullchain}" },
  file: { kind: "file", path: "${SECRETS}/../azure_secret" },
  files: { kind: "files", path: "${SECRETS}/../tls", files: { "key.pem": { content: "{key}" } } },
  "env-file": { kind: "env-file", path: "${SECRETS}/app.env", key: "AZURE_SECRET", format: "dotenv" },
};
const context: TargetContext = {
  clock: { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() },
  env: ENV,
  connection: <T>() => ({ swarm: {} }) as T,
  reload: () => Promise.reject(new Error("none is configured")),
};

test.each(targets.map((kind) => [kind.kind, kind] as const))("%s", async (word, kind) => {
  const sample = kind.schema.parse(SAMPLES[word]) as never;
  const target = await kind.connect(sample, "azure_secret", context);
  expect(kind.storeId(sample, ENV)).toBe(target.store.id);
  expect(target.store.id).toContain(":");
});
