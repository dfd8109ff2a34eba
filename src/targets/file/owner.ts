/** `user`, `user:group` or numbers, as chown(1) takes them: without a group, the group stays as it comes. */
import { readFile } from "node:fs/promises";
import { codeOf, refusedFile } from "../../connections/file-system/file-failure.ts";

export interface Owner {
  readonly uid: number | null;
  readonly gid: number | null;
}

const LARGEST_ID = 4_294_967_294;

export async function resolveOwner(owner: string | undefined): Promise<Owner> {
  if (owner === undefined) return { uid: null, gid: null };
  const [user = "", group] = owner.split(":");
  return {
    uid: await idOf(user, "user", "/etc/passwd"),
    gid: group === undefined ? null : await idOf(group, "group", "/etc/group"),
  };
}

async function idOf(name: string, what: string, database: string): Promise<number> {
  if (/^\d+$/.test(name) && Number(name) <= LARGEST_ID) return Number(name);
  // passwd(5) and group(5): name, password and id come first in both.
  const line = (await readDatabase(database)).split("\n").find((each) => each.startsWith(`${name}:`));
  const id = line?.split(":")[2];
  if (id !== undefined && /^\d+$/.test(id)) return Number(id);
  throw refusedFile(
    `there is no ${what} ${name} in ${database}`,
    `Create the ${what}, or give the target's owner as numbers: a directory service is not asked.`,
  );
}

async function readDatabase(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw refusedFile(
      `could not read ${path} (${codeOf(thrown) ?? "unknown error"})`,
      "Give the target's owner as numbers.",
    );
  }
}
