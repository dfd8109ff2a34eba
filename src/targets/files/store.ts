/** Versions as folders beside the stable paths. A copy is dormant until the link leads to it. */
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder, writeFolder, type Member } from "./atomic-folder.ts";
import type { FilesConfig } from "./config.ts";
import { generationIn, hasFolder, membersOf, type Layout } from "./layout.ts";
import { readPassword } from "./pkcs12/read-password.ts";
import { isAsOrdered, renderFiles } from "./render-files.ts";
import { copyName, copyNumber, copyRef } from "../file/copy.ts";
import { cancelled, fileFailure } from "../../connections/file-system/file-failure.ts";
import { resolveOwner } from "../file/owner.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Environment } from "../../domain/expand-path.ts";
import type { Pruned, Store, StoreId } from "../../domain/ports.ts";
import type { Created, SecretName, VersionRef } from "../../domain/version.ts";

export function filesStoreId({ folder, base }: Layout): StoreId {
  return `files:${folder}/${base}`;
}

export class FilesStore implements Store {
  readonly id: string;
  readonly #layout: Layout;
  readonly #secret: SecretName;
  readonly #files: FilesConfig["files"];
  readonly #env: Environment;

  constructor(layout: Layout, secret: SecretName, files: FilesConfig["files"], env: Environment) {
    this.id = filesStoreId(layout);
    this.#layout = layout;
    this.#secret = secret;
    this.#files = files;
    this.#env = env;
  }

  /** Also the moment to find out, before anything is begun, that a delivery could not work. */
  async highest(signal: AbortSignal): Promise<number> {
    await this.assertThere(signal);
    for (const order of Object.values(this.#files)) {
      await resolveOwner(order.owner);
      if (order.format === "pkcs12") await readPassword(order.passwordFile, this.#env);
    }
    try {
      await access(this.#layout.folder, constants.W_OK | constants.X_OK);
    } catch (thrown) {
      throw fileFailure(`write to the folder ${this.#layout.folder}`, thrown);
    }
    return Math.max(0, ...(await this.#names()).map((name) => copyNumber(this.#layout.base, name)));
  }

  async assertThere(signal: AbortSignal): Promise<void> {
    assertGoesOn(signal, `looking into ${this.#layout.folder}`);
    await this.#names();
    await generationIn(this.#layout);
  }

  async deliver({ ref, material }: Created, signal: AbortSignal): Promise<void> {
    const path = this.#copy(ref);
    assertGoesOn(signal, `writing ${path}`);
    await this.#assertNumberIsFree(ref);
    const members = await renderFiles(this.#files, material, this.#env);
    try {
      if (await hasFolder(this.#layout, copyName(this.#layout.base, ref)))
        return await this.#assertSame(path, members);
      await writeFolder(path, members);
    } finally {
      for (const member of members) member.bytes.fill(0);
    }
  }

  async withdraw(ref: VersionRef, signal: AbortSignal): Promise<void> {
    const path = this.#copy(ref);
    assertGoesOn(signal, `removing ${path}`);
    if ((await this.#used()) === copyName(this.#layout.base, ref)) {
      throw new RotationError("copy-in-use", {
        kind: "rejected",
        message: `${path} cannot be removed: the files of ${this.#layout.folder} lead to it`,
        hint: "The consumer has to be back on another version first.",
      });
    }
    await removeFolder(path);
  }

  async prune(
    keep: readonly VersionRef[],
    known: readonly VersionRef[],
    signal: AbortSignal,
  ): Promise<Pruned> {
    const kept = new Set(keep.map((ref) => ref.marker));
    const ours = new Set(known.map((ref) => ref.marker));
    const used = await this.#used();
    const spare = (await this.#names()).filter((name) => {
      const marker = copyRef(this.#layout.base, this.#secret, name)?.marker;
      return marker !== undefined && ours.has(marker) && !kept.has(marker);
    });
    for (const name of spare) {
      assertGoesOn(signal, `pruning ${this.#layout.folder}`);
      if (name !== used) await removeFolder(join(this.#layout.folder, name));
    }
    const left = spare.filter((name) => name === used).length;
    return { removed: spare.length - left, left };
  }

  #copy(ref: VersionRef): string {
    return join(this.#layout.folder, copyName(this.#layout.base, ref));
  }

  async #used(): Promise<string | null> {
    return (await this.#isThere()) ? generationIn(this.#layout) : null;
  }

  /** A copy in a folder that is gone is gone with it. */
  async #isThere(): Promise<boolean> {
    return hasFolder({ ...this.#layout, folder: "/" }, this.#layout.folder);
  }

  async #assertNumberIsFree(ref: VersionRef): Promise<void> {
    const own = copyName(this.#layout.base, ref);
    const other = (await this.#names()).find(
      (name) => name !== own && copyNumber(this.#layout.base, name) === ref.version,
    );
    if (other !== undefined) throw conflict(join(this.#layout.folder, other));
  }

  /** The name is of one attempt at one version, and was given when everything stood in the folder. */
  async #assertSame(path: string, members: readonly Extract<Member, { bytes: Buffer }>[]): Promise<void> {
    const there = await membersOf(this.#layout, path.slice(this.#layout.folder.length + 1));
    const isComplete = members.every(({ name }) => there.includes(name));
    const same = await Promise.all(
      members.map((member) => isAsOrdered(join(path, member.name), member, this.#files[member.name])),
    );
    if (!isComplete || same.includes(false)) throw conflict(path);
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#layout.folder);
    } catch (thrown) {
      throw fileFailure(`list the folder ${this.#layout.folder}`, thrown);
    }
  }
}

function conflict(path: string): RotationError {
  return new RotationError("store-conflict", {
    kind: "rejected",
    message: `${path} exists and does not hold this version`,
    hint: "Look who put it there and move it away; the next rotation takes a higher number.",
  });
}

function assertGoesOn(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw cancelled(what, "transient");
}
