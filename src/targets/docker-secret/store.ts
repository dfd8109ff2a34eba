/** Versions as Docker secrets. A copy is dormant until a service's spec names it. */
import { CONTENT_LIMIT, copyLabels, copyName, copyNumber, copyRef, sameVersion } from "./copy.ts";
import { pruneCopies } from "./prune.ts";
import type { DockerSecretConfig } from "./config.ts";
import type { DockerSecret } from "../../connections/docker/engine-api.ts";
import type { Swarm } from "../../connections/docker/swarm.ts";
import { RotationError } from "../../domain/errors.ts";
import type { SecretValue } from "../../domain/material.ts";
import type { Pruned, Store, StoreId } from "../../domain/ports.ts";
import { renderTemplate } from "../../domain/template.ts";
import type { Created, VersionNumber, VersionRef } from "../../domain/version.ts";

export function dockerSecretStoreId({
  connection,
  name,
}: Pick<DockerSecretConfig, "connection" | "name">): StoreId {
  return `docker-secret:${connection}/${name}`;
}

export class DockerSecretStore implements Store {
  readonly id: StoreId;
  readonly #config: DockerSecretConfig;
  readonly #swarm: Swarm;

  constructor(config: DockerSecretConfig, swarm: Swarm) {
    this.id = dockerSecretStoreId(config);
    this.#config = config;
    this.#swarm = swarm;
  }

  async highest(signal: AbortSignal): Promise<VersionNumber> {
    const secrets = await this.#swarm.secrets(signal);
    return Math.max(0, ...secrets.map((secret) => copyNumber(this.#config.name, secret.Spec.Name) ?? 0));
  }

  async deliver(version: Created, signal: AbortSignal): Promise<void> {
    const name = copyName(this.#config.name, version.ref.version);
    const content = renderTemplate(this.#config.content, version.material);
    try {
      assertFits(name, content);
      const there = await this.#find(name, signal);
      if (there === undefined) await this.#create(name, version.ref, content, signal);
      else assertIsCopy(there, version.ref);
    } finally {
      content.wipe();
    }
  }

  async withdraw(ref: VersionRef, signal: AbortSignal): Promise<void> {
    const there = await this.#find(copyName(this.#config.name, ref.version), signal);
    if (there === undefined || !sameVersion(copyRef(there), ref)) return;
    await this.#swarm.removeSecret(there.ID, there.Spec.Name, signal);
  }

  async prune(
    keep: readonly VersionRef[],
    known: readonly VersionRef[],
    signal: AbortSignal,
  ): Promise<Pruned> {
    return pruneCopies(this.#swarm, this.#config.name, keep, known, signal);
  }

  async #find(name: string, signal: AbortSignal): Promise<DockerSecret | undefined> {
    const secrets = await this.#swarm.secrets(signal);
    return secrets.find((secret) => secret.Spec.Name === name);
  }

  async #create(name: string, ref: VersionRef, content: SecretValue, signal: AbortSignal): Promise<void> {
    const order = (bytes: Buffer) => ({ name, labels: copyLabels(ref), content: bytes });
    try {
      await content.revealBytes((bytes) => this.#swarm.createSecret(order(bytes), signal));
    } catch (thrown) {
      // Taken between the look and the call: perhaps by an earlier attempt of ours that landed late.
      if (!(thrown instanceof RotationError) || thrown.code !== "store-conflict") throw thrown;
      const there = await this.#find(name, signal);
      if (there === undefined || !sameVersion(copyRef(there), ref)) throw thrown;
    }
  }
}

function assertFits(name: string, content: SecretValue): void {
  const size = content.revealBytes((bytes) => bytes.length);
  if (size > 0 && size < CONTENT_LIMIT) return;
  throw new RotationError("secret-too-large", {
    kind: "rejected",
    message:
      size === 0
        ? `the content of ${name} is empty`
        : `the content of ${name} has ${size} bytes; Docker takes fewer than ${CONTENT_LIMIT}`,
    hint: "Shorten the target's content template, or use a file target.",
  });
}

function assertIsCopy(there: DockerSecret, ref: VersionRef): void {
  if (sameVersion(copyRef(there), ref)) return;
  throw new RotationError("store-conflict", {
    kind: "rejected",
    message: `the Docker secret ${there.Spec.Name} exists and is not this version`,
    hint: `See docker secret inspect ${there.Spec.Name}; the next rotation takes a number above every existing one.`,
  });
}
