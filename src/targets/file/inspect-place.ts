/** What a file target, or a key of an environment file, stands on; looked at without writing. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { lookAt } from "../../connections/file-system/atomic-file.ts";
import { resolveOwner, type Owner } from "./owner.ts";
import type { Place } from "./place.ts";
import { inspectFolder } from "../../connections/file-system/inspect-folder.ts";
import { hasCapabilities } from "../../connections/process/capabilities.ts";
import { failed, inferred, looked, proved, type Finding } from "../../domain/check.ts";
import type { SecretName } from "../../domain/version.ts";

/** Two copies of the largest secret, and the folder's own blocks. */
const NEEDED_BYTES = 2 * 1024 * 1024;

export interface PlaceFacts {
  /** The path that is replaced. */
  readonly path: string;
  readonly place: Place;
  readonly secret: SecretName;
  /** As configured; not given: as it comes, or as the file has it. */
  readonly owner: string | undefined;
  readonly keepsOwner: boolean;
}

export async function inspectPlace(facts: PlaceFacts): Promise<readonly Finding[]> {
  const { path } = facts;
  const wants = {
    check: "folder",
    writable: "writable",
    isPrivate: false,
    isMade: false,
    neededBytes: NEEDED_BYTES,
  } as const;
  const folder = await inspectFolder(dirname(path), wants);
  // Without the folder there is nothing more to see.
  if (folder.length === 1) return folder;
  const parts = await Promise.all([
    looked("replaceable", async () => [await inspectPath(path)]),
    looked("file-owner", async () => [await inspectOwner(facts)]),
    looked("content", async () => [await inspectContent(facts)]),
  ]);
  return [...folder, ...parts.flat()];
}

export async function inspectPath(path: string): Promise<Finding> {
  await lookAt(path);
  if (await isMountPoint(path)) {
    return failed(
      "replaceable",
      `${path} is a mount of its own, which no rename can replace`,
      `Mount the folder ${dirname(path)} instead of the file.`,
    );
  }
  return proved("replaceable", `a rename within ${dirname(path)} replaces ${path}`);
}

/** proc(5), mountinfo: the fifth field, with blanks as octal escapes. */
async function isMountPoint(path: string): Promise<boolean> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return mounts.split("\n").some((line) => unescaped(line.split(" ")[4] ?? "") === path);
}

function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

export async function inspectOwner({
  path,
  owner,
  keepsOwner,
}: Pick<PlaceFacts, "path" | "owner" | "keepsOwner">): Promise<Finding> {
  const wanted = await resolveOwner(owner);
  const found = keepsOwner ? await ownerOf(path) : { uid: null, gid: null };
  const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const [uid, gid] = [wanted.uid ?? found.uid ?? own.uid, wanted.gid ?? found.gid ?? own.gid];
  const whose = `${owner ?? (keepsOwner ? "the file's owner" : "keyturn's own user")} (${uid}:${gid})`;
  const inOwnGroup = [own.gid, ...(process.getgroups?.() ?? [])].includes(gid);
  if (uid === own.uid && inOwnGroup) return proved("file-owner", `files will belong to ${whose}`);
  if (await hasCapabilities("CHOWN", "FOWNER"))
    return inferred("file-owner", `files will be given to ${whose}: keyturn has the capabilities for it`);
  return failed(
    "file-owner",
    `files should belong to ${whose}, and keyturn runs as ${own.uid}:${own.gid} without the capability CHOWN`,
    "Run keyturn as root, or with `AmbientCapabilities=CAP_CHOWN CAP_FOWNER`, or leave out the target's owner.",
  );
}

async function ownerOf(path: string): Promise<Owner> {
  const there = await lookAt(path);
  return there.type === "file" ? there : { uid: null, gid: null };
}

async function inspectContent({ path, place, secret }: PlaceFacts): Promise<Finding> {
  const { held, content } = await place.find(secret);
  content?.wipe();
  switch (held.kind) {
    case "version":
      return proved("content", `${place.name} holds version ${held.ref.version} of ${secret}`);
    case "foreign":
      return proved(
        "content",
        `${held.description}: kept until the first rotation, and put back by a rollback`,
      );
    case "absent":
      return proved("content", `nothing stands at ${path} yet`);
  }
}
