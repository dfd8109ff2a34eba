import type { FileOrder, FilesConfig } from "./config.ts";
import type { GenerationPlace } from "./generation-place.ts";
import type { Material, SecretValue } from "../../domain/material.ts";
import { readTemplate } from "../../domain/template.ts";
import type { SecretName } from "../../domain/version.ts";

/** What processes find in the files that keyturn did not put there, as the parts that the templates name. */
export async function heldParts(
  files: FilesConfig["files"],
  place: GenerationPlace,
  secret: SecretName,
): Promise<readonly Material[]> {
  const { held, content } = await place.find(secret);
  content?.wipe();
  if (held.kind !== "foreign") return [];
  const found = await place.foreign();
  const parts = [...found].map(([name, value]) => partsOf(files[name], value));
  for (const value of found.values()) value.wipe();
  const material: Material = Object.assign({}, ...parts) as Material;
  return Object.keys(material).length === 0 ? [] : [material];
}

/** What is encrypted cannot be read back. */
function partsOf(order: FileOrder | undefined, value: SecretValue): Material {
  if (order === undefined || order.format === "pkcs12") return {};
  return readTemplate(order.content, value) ?? {};
}
