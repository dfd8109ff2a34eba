import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Member } from "./atomic-folder.ts";
import type { FileOrder, FilesConfig } from "./config.ts";
import { readWhole } from "../../connections/file-system/atomic-file.ts";
import { codeOf } from "../../connections/file-system/file-failure.ts";
import { resolveOwner } from "../file/owner.ts";
import type { Environment } from "../../domain/expand-path.ts";
import type { Material } from "../../domain/material.ts";
import { renderTemplate } from "../../domain/template.ts";
import { readPassword } from "./pkcs12/read-password.ts";
import { pkcs12Of } from "./pkcs12/pkcs12-of.ts";

type Rendered = Extract<Member, { bytes: Buffer }>;

/** The files of one version. The caller wipes their bytes. */
export async function renderFiles(
  files: FilesConfig["files"],
  material: Material,
  env: Environment,
): Promise<readonly Rendered[]> {
  const members: Rendered[] = [];
  for (const [name, order] of Object.entries(files)) {
    const access = { mode: Number.parseInt(order.mode, 8), ...(await resolveOwner(order.owner)) };
    members.push({ name, bytes: await contentOf(order, material, env), access });
  }
  return members;
}

async function contentOf(order: FileOrder, material: Material, env: Environment): Promise<Buffer> {
  if (order.format === "pkcs12")
    return pkcs12Of(material, order.alias, await readPassword(order.passwordFile, env));
  const { content } = order;
  const rendered = renderTemplate(content, material);
  const bytes = rendered.revealBytes((whole) => Buffer.from(whole));
  rendered.wipe();
  return bytes;
}

/** Whether a file of a delivered copy holds what it should, as far as we may look. */
export async function isAsOrdered(
  path: string,
  { bytes }: Rendered,
  order: FileOrder | undefined,
): Promise<boolean> {
  // Encrypted anew each time, it is never the same again.
  if (order?.format === "pkcs12") return true;
  if (await isClosedToUs(path)) return true;
  const found = await readWhole(path, bytes.length).catch(() => null);
  const isSame = found?.equals(bytes) === true;
  found?.fill(0);
  return isSame;
}

/** Given to its owner, a file may be closed to us. */
async function isClosedToUs(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => false,
    (thrown: unknown) => codeOf(thrown) === "EACCES",
  );
}
