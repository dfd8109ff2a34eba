/** Versions as files beside the stable path. A copy is dormant until the stable path links to it. */
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  lookAt,
  readWhole,
  removeDurably,
  writeAtomically,
  type Access,
  type Entry,
} from "../../connections/file-system/atomic-file.ts";
import type { FileConfig } from "./config.ts";
import { copyName, copyNumber, copyRef } from "./copy.ts";
import { cancelled, codeOf, fileFailure } from "../../connections/file-system/file-failure.ts";
import { resolveOwner } from "./owner.ts";
import { RotationError } from "../../domain/errors.ts";
import type { SecretValue } from "../../domain/material.ts";
import type { Pruned, Store, StoreId } from "../../domain/ports.ts";
import { renderTemplate } from "../../domain/template.ts";
import type { Created, SecretName, VersionRef } from "../../domain/version.ts";

/** `path` is the stable one, absolute. */
export function fileStoreId(path: string): StoreId {
  return `file:${path}`;
}

export class FileStore implements Store {
  readonly id: string;
  readonly #path: string;
  readonly #folder: string;
  readonly #base: string;
  readonly #secret: SecretName;
  readonly #config: Pick<FileConfig, "content" | "mode" | "owner">;

  constructor(path: string, secret: SecretName, config: Pick<FileConfig, "content" | "mode" | "owner">) {
    this.id = fileStoreId(path);
    this.#path = path;
    this.#folder = dirname(path);
    this.#base = basename(path);
    this.#secret = secret;
    this.#config = config;
  }

  /** Also the moment to find out, before anything is begun, that a delivery could not work. */
  async highest(signal: AbortSignal): Promise<number> {
    await this.assertThere(signal);
    await resolveOwner(this.#config.owner);
    try {
      await access(this.#folder, constants.W_OK | constants.X_OK);
    } catch (thrown) {
      throw fileFailure(`write to the folder ${this.#folder}`, thrown);
    }
    return Math.max(0, ...(await this.#names()).map((name) => copyNumber(this.#base, name)));
  }

  async assertThere(signal: AbortSignal): Promise<void> {
    assertGoesOn(signal, `looking into ${this.#folder}`);
    await this.#names();
  }

  async deliver(version: Created, signal: AbortSignal): Promise<void> {
    const path = this.#copy(version.ref);
    assertGoesOn(signal, `writing ${path}`);
    const content = renderTemplate(this.#config.content, version.material);
    try {
      const wanted: Access = {
        mode: Number.parseInt(this.#config.mode, 8),
        ...(await resolveOwner(this.#config.owner)),
      };
      await this.#assertNumberIsFree(version.ref);
      const there = await lookAt(path);
      if (there.type !== "absent") await assertSameContent(path, there, content);
      if (there.type === "file" && hasAccess(there, wanted)) return;
      await content.revealBytes((bytes) => writeAtomically(path, bytes, wanted));
    } finally {
      content.wipe();
    }
  }

  async withdraw(ref: VersionRef, signal: AbortSignal): Promise<void> {
    const path = this.#copy(ref);
    assertGoesOn(signal, `removing ${path}`);
    if (await this.#isInUse(basename(path))) {
      throw new RotationError("copy-in-use", {
        kind: "rejected",
        message: `${path} cannot be removed: ${this.#path} links to it`,
        hint: "The consumer has to be back on another version first.",
      });
    }
    await this.#remove(path);
  }

  async prune(
    keep: readonly VersionRef[],
    known: readonly VersionRef[],
    signal: AbortSignal,
  ): Promise<Pruned> {
    const kept = new Set(keep.map((ref) => ref.marker));
    const ours = new Set(known.map((ref) => ref.marker));
    let removed = 0;
    let left = 0;
    for (const name of await this.#names()) {
      const marker = copyRef(this.#base, this.#secret, name)?.marker;
      if (marker === undefined || !ours.has(marker) || kept.has(marker)) continue;
      assertGoesOn(signal, `pruning ${this.#folder}`);
      if (await this.#isInUse(name)) left += 1;
      else {
        await this.#remove(join(this.#folder, name));
        removed += 1;
      }
    }
    return { removed, left };
  }

  #copy(ref: VersionRef): string {
    return join(this.#folder, copyName(this.#base, ref));
  }

  async #assertNumberIsFree(ref: VersionRef): Promise<void> {
    const own = copyName(this.#base, ref);
    const other = (await this.#names()).find(
      (name) => name !== own && copyNumber(this.#base, name) === ref.version,
    );
    if (other !== undefined) throw conflict(join(this.#folder, other));
  }

  async #isInUse(name: string): Promise<boolean> {
    const there = await lookAt(this.#path);
    return there.type === "link" && there.target === name;
  }

  /** A copy in a folder that is gone is gone with it. */
  async #remove(path: string): Promise<void> {
    if (await exists(this.#folder)) await removeDurably(path);
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (thrown) {
      throw fileFailure(`list the folder ${this.#folder}`, thrown);
    }
  }
}

/** The name is of one attempt at one version, so other content under it is not ours. */
async function assertSameContent(path: string, there: Entry, content: SecretValue): Promise<void> {
  if (there.type === "file" && (await isSame(path, content))) return;
  throw conflict(path);
}

function conflict(path: string): RotationError {
  return new RotationError("store-conflict", {
    kind: "rejected",
    message: `${path} exists and does not hold this version`,
    hint: "Look who put it there and move it away; the next rotation takes a higher number.",
  });
}

async function isSame(path: string, content: SecretValue): Promise<boolean> {
  const size = content.revealBytes((bytes) => bytes.length);
  try {
    const found = await readWhole(path, size);
    try {
      return content.revealBytes((bytes) => bytes.equals(found));
    } finally {
      found.fill(0);
    }
  } catch (thrown) {
    // Given to its owner, a file may be closed to us. Only a rename by this very attempt can have put it there, whole.
    if (await isClosedToUs(path)) return true;
    if (thrown instanceof RotationError && thrown.code === "file-refused") return false;
    throw thrown;
  }
}

async function isClosedToUs(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => false,
    (thrown: unknown) => codeOf(thrown) === "EACCES",
  );
}

function hasAccess(there: Entry & { type: "file" }, wanted: Access): boolean {
  if (there.mode !== wanted.mode) return false;
  return there.uid === (wanted.uid ?? there.uid) && there.gid === (wanted.gid ?? there.gid);
}

async function exists(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    (thrown: unknown) => codeOf(thrown) !== "ENOENT",
  );
}

function assertGoesOn(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw cancelled(what, "transient");
}
