import type { Place } from "./place.ts";
import type { Material } from "../../domain/material.ts";
import { readTemplate } from "../../domain/template.ts";
import type { SecretName } from "../../domain/version.ts";

/** What a process finds at the place that keyturn did not put there, as the parts that its template names. */
export async function heldMaterial(
  place: Place,
  secret: SecretName,
  template: string,
): Promise<readonly Material[]> {
  const { content, value } = await place.find(secret);
  if (content !== value) content?.wipe();
  if (value === null) return [];
  const material = readTemplate(template, value);
  value.wipe();
  return material === null ? [] : [material];
}
