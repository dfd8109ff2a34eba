/**
 * Versions as files beside the environment file, which hold the plain content and are for keyturn alone. Their link is the
 * stable path of a file target; that is how the version in use is known and kept.
 */
import type { EnvDialect } from "./env-dialect.ts";
import type { EnvFile } from "./env-file.ts";
import { linkPath, type EnvKey } from "./env-key.ts";
import type { EnvFileConfig } from "./config.ts";
import { unsayable } from "./unsayable.ts";
import { FileStore } from "../file/store.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Pruned, Store, StoreId } from "../../domain/ports.ts";
import { renderTemplate } from "../../domain/template.ts";
import type { Created, SecretName, VersionRef } from "../../domain/version.ts";

const COPY_MODE = "0400";
/** Linux: MAX_ARG_STRLEN, the longest that one variable can be, its name and a NUL included (execve(2)). */
const LONGEST_VARIABLE = 128 * 1024;

export interface EnvStoreParts {
  readonly file: EnvFile;
  readonly place: EnvKey;
  readonly dialect: EnvDialect;
  readonly secret: SecretName;
  readonly config: Pick<EnvFileConfig, "key" | "content">;
}

/** `path` is absolute. */
export function envFileStoreId(path: string, key: string): StoreId {
  return `env-file:${path}#${key}`;
}

export class EnvFileStore implements Store {
  readonly id: string;
  readonly #parts: EnvStoreParts;
  readonly #copies: FileStore;

  constructor(parts: EnvStoreParts) {
    const { file, secret, config } = parts;
    this.id = envFileStoreId(file.path, config.key);
    this.#parts = parts;
    this.#copies = new FileStore(linkPath(file.path, config.key), secret, {
      content: config.content,
      mode: COPY_MODE,
      owner: undefined,
    });
  }

  /** Also the moment to find out that the file could not be changed. */
  async highest(signal: AbortSignal): Promise<number> {
    const highest = await this.#copies.highest(signal);
    await this.#parts.file.assertOwner();
    await this.#parts.place.assertFree();
    (await this.#parts.place.find(this.#parts.secret)).content?.wipe();
    return highest;
  }

  async assertThere(signal: AbortSignal): Promise<void> {
    await this.#copies.assertThere(signal);
  }

  async deliver(version: Created, signal: AbortSignal): Promise<void> {
    this.#assertSayable(version);
    await this.#copies.deliver(version, signal);
  }

  async withdraw(ref: VersionRef, signal: AbortSignal): Promise<void> {
    await this.#copies.withdraw(ref, signal);
  }

  async prune(
    keep: readonly VersionRef[],
    known: readonly VersionRef[],
    signal: AbortSignal,
  ): Promise<Pruned> {
    return this.#copies.prune(keep, known, signal);
  }

  #assertSayable({ material }: Created): void {
    const { config, dialect, place } = this.#parts;
    const content = renderTemplate(config.content, material);
    try {
      const quoted = content.revealBytes((value) => dialect.quote(value));
      if (quoted === null) throw unsayable(place.name);
      quoted.fill(0);
      const size = content.revealBytes((value) => value.length) + config.key.length + 2;
      if (size > LONGEST_VARIABLE) throw tooLarge(place.name, size);
    } finally {
      content.wipe();
    }
  }
}

function tooLarge(name: string, size: number): RotationError {
  return new RotationError("secret-too-large", {
    kind: "rejected",
    message: `${name} would be a variable of ${size} bytes; no process can be started with more than ${LONGEST_VARIABLE}`,
    hint: "Deliver it as a file of its own (target `file`).",
  });
}
