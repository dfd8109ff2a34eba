import { basename, join } from "node:path";
import { removeFolder, writeFolder, type Member } from "./atomic-folder.ts";
import {
  bridgeOf,
  bytesOf,
  generationIn,
  hasFolder,
  leadsThrough,
  linkThrough,
  membersOf,
  standingAt,
  toInside,
  type Layout,
  type Stood,
} from "./layout.ts";
import {
  linkAtomically,
  removeDurably,
  tempPath,
  writeAtomically,
} from "../../connections/file-system/atomic-file.ts";
import { copyName, copyRef } from "../file/copy.ts";
import type { Found, Place, Restore } from "../file/place.ts";
import { RotationError } from "../../domain/errors.ts";
import { SecretValue } from "../../domain/material.ts";
import type { Json } from "../../domain/ports.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

/** `files`: what stood there before us; their bytes, one after the other, are sealed apart. */
type FilesRestore =
  | { readonly type: "generation"; readonly name: string }
  | { readonly type: "files"; readonly stood: readonly Stood[] };

/** Files of one folder, which a process finds at stable paths, and which change all at the same moment. */
export class GenerationPlace implements Place {
  readonly name: string;
  readonly consumer: string;
  readonly #layout: Layout;
  readonly #names: readonly string[];

  constructor(layout: Layout, names: readonly string[]) {
    this.name = `${layout.folder}/${layout.base}`;
    this.consumer = `files:${this.name}`;
    this.#layout = layout;
    this.#names = names.toSorted();
  }

  async find(secret: SecretName): Promise<Found> {
    const generation = await generationIn(this.#layout);
    const ref = generation === null ? null : copyRef(this.#layout.base, secret, generation);
    if (generation !== null && ref !== null && (await this.#isRead(generation))) {
      const restore = { type: "generation", name: generation } as const;
      return { held: { kind: "version", ref }, restore, content: null, value: null };
    }
    const stood = await this.#standing();
    const content = await this.#contentOf(stood);
    const restore = { type: "files", stood: stood as unknown as Json };
    const there = stood.filter(({ type }) => type !== "absent").map(({ name }) => name);
    if (there.length === 0) return { held: { kind: "absent" }, restore, content, value: null };
    const description = `${there.join(", ")} in ${this.#layout.folder}, which keyturn did not put there`;
    return { held: { kind: "foreign", description }, restore, content, value: null };
  }

  async assertDelivered(ref: VersionRef): Promise<void> {
    await this.#assertThere(copyName(this.#layout.base, ref));
  }

  async switchTo(ref: VersionRef): Promise<void> {
    await this.#lead(copyName(this.#layout.base, ref));
  }

  async leadsTo(ref: VersionRef): Promise<boolean> {
    const name = copyName(this.#layout.base, ref);
    return (await generationIn(this.#layout)) === name && (await this.#isRead(name));
  }

  async restore(to: Restore, content: SecretValue | null): Promise<void> {
    // SAFETY of the cast: `to` is what `find` gave.
    const wanted = to as unknown as FilesRestore;
    switch (wanted.type) {
      case "files":
        return this.#putBack(wanted.stood, content);
      case "generation":
        await this.#assertThere(wanted.name);
        return this.#lead(wanted.name);
      default:
        throw otherKind(this.name);
    }
  }

  /** Regular files that stand there and are not ours, by name. The caller wipes them. */
  async foreign(): Promise<ReadonlyMap<string, SecretValue>> {
    const found = new Map<string, SecretValue>();
    for (const stood of await this.#standing()) {
      if (stood.type !== "file") continue;
      const bytes = await bytesOf(this.#layout, stood.name);
      found.set(stood.name, SecretValue.fromBytes(bytes));
      bytes.fill(0);
    }
    return found;
  }

  /** Every file of the generation is what a process finds at its stable path. */
  async #isRead(generation: string): Promise<boolean> {
    if (!(await hasFolder(this.#layout, generation))) return false;
    for (const name of await membersOf(this.#layout, generation))
      if (!(await leadsThrough(this.#layout, name))) return false;
    return true;
  }

  /** The one rename at its end is the switch. */
  async #lead(generation: string): Promise<void> {
    const names = await membersOf(this.#layout, generation);
    const through = await Promise.all(names.map((name) => leadsThrough(this.#layout, name)));
    if (through.includes(false)) await this.#takeOver(names);
    await this.#linkTo(generation);
    await this.#removeBridge();
  }

  /** Whole, or as a killed attempt left it: it holds a copy of what stood there, keys included. */
  async #removeBridge(): Promise<void> {
    const bridge = bridgeOf(this.#layout);
    const path = join(this.#layout.folder, bridge);
    const names = [bridge, basename(tempPath(path))];
    const there = await Promise.all(names.map((name) => hasFolder(this.#layout, name)));
    if (there.includes(true)) await removeFolder(path);
  }

  /** What is read stays the same, file by file: from here on it is read through the link. */
  async #takeOver(names: readonly string[]): Promise<void> {
    const bridge = bridgeOf(this.#layout);
    if ((await generationIn(this.#layout)) !== bridge) {
      const stood = await Promise.all(names.map((name) => standingAt(this.#layout, name)));
      await this.#gather(stood, await this.#contentOf(stood));
      await this.#linkTo(bridge);
    }
    for (const name of names) await linkThrough(this.#layout, name);
  }

  /** Everything that stood there is read again from one moment to the next; only then do the files return to their places. */
  async #putBack(stood: readonly Stood[], content: SecretValue | null): Promise<void> {
    const bridge = bridgeOf(this.#layout);
    const generation = await generationIn(this.#layout);
    if (generation !== null && generation !== bridge) {
      await this.#gather(stood, content);
      await this.#linkTo(bridge);
    }
    for (const { each, bytes } of cut(stood, content, this.name)) {
      const path = join(this.#layout.folder, each.name);
      if (each.type === "file") await writeAtomically(path, bytes, each).finally(() => bytes.fill(0));
      else if (each.type === "link") await linkAtomically(path, each.target);
      else if (await leadsThrough(this.#layout, each.name)) await removeDurably(path);
    }
    await removeDurably(join(this.#layout.folder, this.#layout.base));
    await removeFolder(join(this.#layout.folder, bridge));
  }

  async #gather(stood: readonly Stood[], content: SecretValue | null): Promise<void> {
    const pieces = cut(stood, content, this.name);
    const members = pieces.flatMap(({ each, bytes }): readonly Member[] => {
      if (each.type === "absent") return [];
      if (each.type === "link") return [{ name: each.name, target: toInside(each.target) }];
      return [{ name: each.name, bytes, access: each }];
    });
    const path = join(this.#layout.folder, bridgeOf(this.#layout));
    try {
      await removeFolder(path);
      await writeFolder(path, members);
    } finally {
      for (const { bytes } of pieces) bytes.fill(0);
    }
  }

  async #linkTo(generation: string): Promise<void> {
    await linkAtomically(join(this.#layout.folder, this.#layout.base), generation);
  }

  async #standing(): Promise<readonly Stood[]> {
    const stood: Stood[] = [];
    for (const name of this.#names) stood.push(await standingAt(this.#layout, name));
    return stood;
  }

  async #contentOf(stood: readonly Stood[]): Promise<SecretValue | null> {
    const files = stood.filter(({ type }) => type === "file");
    if (files.length === 0) return null;
    const all: Buffer[] = [];
    for (const { name } of files) all.push(await bytesOf(this.#layout, name));
    const whole = Buffer.concat(all);
    try {
      return SecretValue.fromBytes(whole);
    } finally {
      for (const bytes of [whole, ...all]) bytes.fill(0);
    }
  }

  async #assertThere(generation: string): Promise<void> {
    if (await hasFolder(this.#layout, generation)) return;
    const path = join(this.#layout.folder, generation);
    throw new RotationError("copy-missing", {
      kind: "rejected",
      message: `the folder ${path} is not there, so ${this.name} cannot lead to it`,
      hint: "Somebody else removed it; rotate again.",
    });
  }
}

/** Each with its own bytes, which are copies; those of what is no file are empty. */
function cut(
  stood: readonly Stood[],
  content: SecretValue | null,
  name: string,
): readonly { readonly each: Stood; readonly bytes: Buffer }[] {
  const sizes = stood.map((each) => (each.type === "file" ? each.size : 0));
  const whole = content?.revealBytes((bytes) => Buffer.from(bytes)) ?? Buffer.alloc(0);
  if (whole.length !== sizes.reduce((sum, size) => sum + size, 0)) throw lostContent(name);
  let at = 0;
  const pieces = stood.map((each, index) => {
    const bytes = Buffer.from(whole.subarray(at, at + (sizes[index] ?? 0)));
    at += bytes.length;
    return { each, bytes };
  });
  whole.fill(0);
  return pieces;
}

/** To resolve here would be to say that something is back which is not. */
function otherKind(name: string): RotationError {
  return new RotationError("secret-unconfigured", {
    kind: "rejected",
    message: `the configuration no longer has the target of ${name}`,
    hint: "Put the target back into the configuration.",
  });
}

function lostContent(name: string): RotationError {
  return new RotationError("file-refused", {
    kind: "transient",
    message: `the files of ${name} changed while they were read`,
    hint: "Somebody else writes to them; keyturn looks again.",
  });
}
