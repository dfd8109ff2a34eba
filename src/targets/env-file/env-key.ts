/**
 * One key of an environment file. The file cannot tell which version it holds, so a link beside it, `<file>.<key>`, leads
 * to the copy that was put in last; only when that copy's content stands in the file is it in use. The link is switched
 * first: between the two writes the file still holds what the other copies tell.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { EnvDialect } from "./env-dialect.ts";
import type { EnvFile } from "./env-file.ts";
import { assignmentOf, withAssignment, withoutKey, withValue } from "./env-text.ts";
import { unsayable } from "./unsayable.ts";
import {
  linkAtomically,
  lookAt,
  readWhole,
  removeDurably,
} from "../../connections/file-system/atomic-file.ts";
import { copyName, copyRef } from "../file/copy.ts";
import { fileFailure, refusedFile } from "../../connections/file-system/file-failure.ts";
import type { Found, Place, Restore } from "../file/place.ts";
import { assertDelivered } from "../file/stable-path.ts";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

/** `no-file` and `no-key`: nothing was set. The text of an `assignment` is sealed apart. */
type KeyRestore =
  | { readonly type: "no-file" }
  | { readonly type: "no-key" }
  | { readonly type: "key-version"; readonly copy: string }
  | { readonly type: "assignment" };

export class EnvKey implements Place {
  readonly name: string;
  readonly consumer: string;
  readonly #file: EnvFile;
  readonly #key: string;
  readonly #dialect: EnvDialect;
  readonly #link: string;

  constructor(file: EnvFile, key: string, dialect: EnvDialect) {
    this.name = `${file.path}#${key}`;
    this.consumer = `env-file:${file.path}`;
    this.#file = file;
    this.#key = key;
    this.#dialect = dialect;
    this.#link = linkPath(file.path, key);
  }

  async find(secret: SecretName): Promise<Found> {
    const file = await this.#file.read();
    if (file === null) return nothing("no-file");
    const found = assignmentOf(file, this.#key, this.#dialect, this.#file.path);
    try {
      if (found === undefined) return nothing("no-key");
      const ref = await this.#versionOf(found.value, secret);
      if (ref !== null) {
        const restore = { type: "key-version", copy: copyName(basename(this.#link), ref) };
        return { held: { kind: "version", ref }, restore, content: null, value: null };
      }
      const content = SecretValue.fromBytes(file.subarray(found.start, found.end));
      const description = `a value of ${this.#key} in ${this.#file.path} that keyturn did not put there`;
      const value = SecretValue.fromBytes(found.value);
      return { held: { kind: "foreign", description }, restore: { type: "assignment" }, content, value };
    } finally {
      found?.value.fill(0);
      file.fill(0);
    }
  }

  /** Also that the file can be changed and the value said in it, so that a switch of many places does not stop halfway. */
  async assertDelivered(ref: VersionRef): Promise<void> {
    await assertDelivered(this.#link, this.#copyOf(ref));
    await this.assertFree();
    const file = await this.#file.read();
    if (file !== null) assignmentOf(file, this.#key, this.#dialect, this.#file.path)?.value.fill(0);
    file?.fill(0);
  }

  /** A file at the link's path is somebody else's. */
  async assertFree(): Promise<void> {
    if ((await lookAt(this.#link)).type !== "file") return;
    throw refusedFile(
      `${this.#link} is a file, and keyturn needs that name for a link to the version in use`,
      "Look whose it is, and move it away.",
    );
  }

  async switchTo(ref: VersionRef): Promise<void> {
    await this.#putIn(this.#copyOf(ref));
  }

  async leadsTo(ref: VersionRef): Promise<boolean> {
    const { held } = await this.find(ref.secret);
    return held.kind === "version" && held.ref.marker === ref.marker && held.ref.version === ref.version;
  }

  async restore(to: Restore, content: SecretValue | null): Promise<void> {
    // SAFETY of the cast: `to` is what `find` gave for this place.
    const wanted = to as KeyRestore;
    if (wanted.type === "key-version") {
      await assertDelivered(this.#link, wanted.copy);
      return this.#putIn(wanted.copy);
    }
    if (wanted.type === "assignment") await this.#putBack(content);
    else await this.#takeOut(wanted.type === "no-file");
    if ((await lookAt(this.#link)).type === "link") await removeDurably(this.#link);
  }

  async #putIn(copy: string): Promise<void> {
    await this.assertFree();
    const value = await readWhole(join(dirname(this.#link), copy), LARGEST_VALUE);
    const quoted = this.#dialect.quote(value);
    value.fill(0);
    if (quoted === null) throw unsayable(this.name);
    try {
      await linkAtomically(this.#link, copy);
      await this.#file.change((file) => withValue(file, this.#key, quoted, this.#dialect, this.#file.path));
    } finally {
      quoted.fill(0);
    }
  }

  async #putBack(content: SecretValue | null): Promise<void> {
    if (content === null) throw lostContent(this.name);
    await this.#file.change((file) =>
      content.revealBytes((text) => withAssignment(file, this.#key, text, this.#dialect, this.#file.path)),
    );
  }

  /** A file that was not there goes again, unless somebody wrote more into it. */
  async #takeOut(withFile: boolean): Promise<void> {
    const file = await this.#file.read();
    if (file === null) return;
    const rest = withoutKey(file, this.#key, this.#dialect, this.#file.path);
    const isEmpty = rest.length === 0;
    rest.fill(0);
    file.fill(0);
    if (isEmpty && withFile) return this.#file.remove();
    await this.#file.change((now) => withoutKey(now, this.#key, this.#dialect, this.#file.path));
  }

  /** The version whose content this is: the one that was put in last, or else, the newest of the others. */
  async #versionOf(value: Buffer, secret: SecretName): Promise<VersionRef | null> {
    const link = await lookAt(this.#link);
    // Without a link nothing of ours was ever put in: a copy that is alike is a coincidence.
    if (link.type !== "link") return null;
    const others = (await this.#copies(secret)).filter(({ name }) => name !== link.target);
    const last = copyRef(basename(this.#link), secret, link.target);
    const candidates = [
      ...(last === null ? [] : [{ name: link.target, ref: last }]),
      ...others.toSorted((a, b) => b.ref.version - a.ref.version),
    ];
    for (const { name, ref } of candidates) if (await this.#holds(name, value)) return ref;
    return null;
  }

  async #copies(secret: SecretName): Promise<readonly { readonly name: string; readonly ref: VersionRef }[]> {
    const names = await readdir(dirname(this.#link)).catch((thrown: unknown) => {
      throw fileFailure(`list the folder ${dirname(this.#link)}`, thrown);
    });
    return names.flatMap((name) => {
      const ref = copyRef(basename(this.#link), secret, name);
      return ref === null ? [] : [{ name, ref }];
    });
  }

  async #holds(name: string, value: Buffer): Promise<boolean> {
    const path = join(dirname(this.#link), name);
    const there = await lookAt(path);
    if (there.type !== "file" || there.size !== value.length) return false;
    const content = await readWhole(path, LARGEST_VALUE);
    const isSame = content.equals(value);
    content.fill(0);
    return isSame;
  }

  #copyOf(ref: VersionRef): string {
    return copyName(basename(this.#link), ref);
  }
}

const LARGEST_VALUE = 128 * 1024;

/** Copies stand beside it: `<file>.<key>_v<N>.<run>.<attempt>`. */
export function linkPath(file: string, key: string): string {
  return `${file}.${key}`;
}

function nothing(type: "no-file" | "no-key"): Found {
  return { held: { kind: "absent" }, restore: { type }, content: null, value: null };
}

function lostContent(name: string): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: `the baseline of ${name} names content that it does not have`,
  });
}
