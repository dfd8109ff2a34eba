import { RotationError } from "../../domain/errors.ts";
import type { DockerEngine } from "./engine.ts";

/** The content of the swarm config of exactly this name; configs hold up to 1,000 KiB and are no secret. */
export async function readConfig(
  engine: DockerEngine,
  name: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const answer = await engine.call({ method: "GET", path: "/configs", what: "list the configs" }, signal);
  const all = Array.isArray(answer) ? (answer as readonly ListedConfig[]) : [];
  const data = all.find(({ Spec }) => Spec?.Name === name)?.Spec?.Data;
  if (typeof data === "string") return Buffer.from(data, "base64");
  throw new RotationError("copy-missing", {
    kind: "rejected",
    message: `there is no config ${name} in the swarm of ${engine.host}`,
    hint: "`docker config ls` lists them.",
  });
}

interface ListedConfig {
  readonly Spec?: { readonly Name?: string; readonly Data?: unknown };
}
