/** What the files of a folder stand on, as `doctor` tells it. */
import { join } from "node:path";
import type { FilesConfig } from "./config.ts";
import type { GenerationPlace } from "./generation-place.ts";
import type { Layout } from "./layout.ts";
import { inspectOwner, inspectPath, inspectPlace } from "../file/inspect-place.ts";
import { looked, type Finding } from "../../domain/check.ts";
import type { SecretName } from "../../domain/version.ts";

export async function inspectFiles(
  files: FilesConfig["files"],
  { folder }: Layout,
  place: GenerationPlace,
  secret: SecretName,
): Promise<readonly Finding[]> {
  const [first, ...others] = Object.entries(files).map(([name, { owner }]) => ({
    path: join(folder, name),
    owner,
    keepsOwner: false,
  }));
  if (first === undefined) return [];
  const whole = await inspectPlace({ ...first, place, secret });
  // Without the folder there is nothing more to see.
  if (whole.length === 1) return whole;
  const rest = others.flatMap((each) => [
    looked("replaceable", async () => [await inspectPath(each.path)]),
    looked("file-owner", async () => [await inspectOwner(each)]),
  ]);
  return [...whole, ...(await Promise.all(rest)).flat()];
}
