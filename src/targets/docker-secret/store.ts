/** Versions as Docker secrets or configs. A copy is dormant until a service's spec names it. */
import { CONTENT_LIMIT, copyLabels, copyName, copyNumber, copyRef, sameVersion } from "./copy.ts";
import { pruneCopies } from "./prune.ts";
import type { Shelved } from "./shelved.ts";
import type { SwarmObject } from "../../connections/docker/engine-api.ts";
import { NOUN, type Shelf, type Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";
import type { SecretValue } from "../../domain/material.ts";
import type { Pruned, Store, StoreId } from "../../domain/ports.ts";
import { renderTemplate } from "../../domain/template.ts";
import type { Created, VersionNumber, VersionRef } from "../../domain/version.ts";

export function swarmStoreId({
  shelf,
  connection,
  name,
}: Pick<Shelved, "shelf" | "connection" | "name">): StoreId {
  return `docker-${shelf.slice(0, -1)}:${connection}/${name}`;
}

export class SwarmStore implements Store {
  readonly id: StoreId;
  readonly #config: Shelved;
  readonly #swarm: Swarm;

  constructor(config: Shelved, swarm: Swarm) {
    this.id = swarmStoreId(config);
    this.#config = config;
    this.#swarm = swarm;
  }

  async highest(signal: AbortSignal): Promise<VersionNumber> {
    const objects = await this.#swarm.objects(this.#config.shelf, signal);
    return Math.max(0, ...objects.map(({ Spec }) => copyNumber(this.#config.name, Spec.Name) ?? 0));
  }

  async deliver(version: Created, signal: AbortSignal): Promise<void> {
    const name = copyName(this.#config.name, version.ref.version);
    const content = renderTemplate(this.#config.content, version.material);
    try {
      assertFits(this.#config.shelf, name, content);
      const there = await this.#find(name, signal);
      if (there === undefined) await this.#create(name, version.ref, content, signal);
      else assertIsCopy(this.#config.shelf, there, version.ref);
    } finally {
      content.wipe();
    }
  }

  async withdraw(ref: VersionRef, signal: AbortSignal): Promise<void> {
    const there = await this.#find(copyName(this.#config.name, ref.version), signal);
    if (there === undefined || !sameVersion(copyRef(there), ref)) return;
    await this.#swarm.remove(this.#config.shelf, there, signal);
  }

  async prune(
    keep: readonly VersionRef[],
    known: readonly VersionRef[],
    signal: AbortSignal,
  ): Promise<Pruned> {
    return pruneCopies(this.#swarm, this.#config, keep, known, signal);
  }

  async #find(name: string, signal: AbortSignal): Promise<SwarmObject | undefined> {
    const objects = await this.#swarm.objects(this.#config.shelf, signal);
    return objects.find(({ Spec }) => Spec.Name === name);
  }

  async #create(name: string, ref: VersionRef, content: SecretValue, signal: AbortSignal): Promise<void> {
    const order = (bytes: Buffer) => ({ name, labels: copyLabels(ref), content: bytes });
    try {
      await content.revealBytes((bytes) => this.#swarm.create(this.#config.shelf, order(bytes), signal));
    } catch (thrown) {
      // Taken between the look and the call: perhaps by an earlier attempt of ours that landed late.
      if (!(thrown instanceof RotationError) || thrown.code !== "store-conflict") throw thrown;
      const there = await this.#find(name, signal);
      if (there === undefined || !sameVersion(copyRef(there), ref)) throw thrown;
    }
  }
}

function assertFits(shelf: Shelf, name: string, content: SecretValue): void {
  const size = content.revealBytes((bytes) => bytes.length);
  if (size > 0 && size < CONTENT_LIMIT) return;
  throw new RotationError("secret-too-large", {
    kind: "rejected",
    message:
      size === 0
        ? `the content of the ${NOUN[shelf]} ${name} is empty`
        : `the content of the ${NOUN[shelf]} ${name} has ${size} bytes; Docker takes fewer than ${CONTENT_LIMIT}`,
    hint: "Shorten the target's content template, or use a file target.",
  });
}

function assertIsCopy(shelf: Shelf, there: SwarmObject, ref: VersionRef): void {
  if (sameVersion(copyRef(there), ref)) return;
  throw new RotationError("store-conflict", {
    kind: "rejected",
    message: `the ${NOUN[shelf]} ${there.Spec.Name} exists and is not this version`,
    hint: `See ${NOUN[shelf].toLowerCase()} inspect ${there.Spec.Name}; the next rotation takes a number above every existing one.`,
  });
}
