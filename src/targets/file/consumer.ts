/**
 * Whoever reads files: the process behind a set of reloads, or nobody in particular. Places that the same reloads serve
 * are bound to one consumer, which switches all of them and then reloads once.
 */
import { cancelled } from "../../connections/file-system/file-failure.ts";
import type { Found, Place, Restore } from "./place.ts";
import { reloadAll, reloadIfRunning } from "./reload-process.ts";
import { stablePath } from "./stable-path.ts";
import { RotationError } from "../../domain/errors.ts";
import { heldByAll } from "../../domain/held.ts";
import type { Material, SecretValue } from "../../domain/material.ts";
import type {
  Baseline,
  BaselineItem,
  Change,
  Consumer,
  ConsumerId,
  Evidence,
  Held,
  Reload,
} from "../../domain/ports.ts";
import type { Clock } from "../../domain/time.ts";
import type { SecretName, VersionRef } from "../../domain/version.ts";

export interface FileBinding {
  readonly secret: SecretName;
  readonly place: Place;
}

/** A place as a baseline tells it. `path` is its name; `part` names its content in the item's sealed material. */
type RestoreEntry = Restore & { readonly path: string; readonly part: string | null };

export class FileConsumer implements Consumer {
  readonly id: ConsumerId;
  readonly restarts: number;
  readonly secrets: readonly SecretName[];
  readonly #bindings: readonly FileBinding[];
  readonly #reloads: readonly Reload[];
  readonly #clock: Clock;

  constructor(bindings: readonly FileBinding[], reloads: readonly Reload[], clock: Clock) {
    const ids = reloads.map((reload) => reload.id);
    this.id = ids.length === 0 ? (bindings[0]?.place.consumer ?? "file:") : `process:${ids.join("+")}`;
    this.restarts = reloads.length === 0 ? 0 : 1;
    this.secrets = [...new Set(bindings.map((binding) => binding.secret))];
    this.#bindings = bindings;
    this.#reloads = reloads;
    this.#clock = clock;
  }

  join(other: Consumer): Consumer {
    if (!(other instanceof FileConsumer) || other.id !== this.id) {
      throw new RotationError("internal", {
        kind: "invariant",
        message: `${other.id} cannot be joined to ${this.id}`,
      });
    }
    const added = other.#bindings.filter(
      (binding) =>
        !this.#bindings.some(
          (mine) => mine.place.name === binding.place.name && mine.secret === binding.secret,
        ),
    );
    return new FileConsumer([...this.#bindings, ...added], this.#reloads, this.#clock);
  }

  async current(signal: AbortSignal): Promise<Baseline> {
    const items: BaselineItem[] = [];
    for (const secret of this.secrets) items.push(await this.#itemOf(secret, signal));
    return { consumer: this.id, items };
  }

  /** Reloads even when every link stands already: a crash may have come between the switch and the reload. */
  async activate(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted(changes);
    this.#assertGoesOn(signal, "transient");
    for (const { place, ref } of wanted) await place.assertDelivered(ref);
    for (const { place, ref } of wanted) await place.switchTo(ref);
    this.#assertGoesOn(signal, "outcome-unknown");
    await reloadAll(this.#reloads, signal);
  }

  async revert(to: Baseline, only: readonly SecretName[], signal: AbortSignal): Promise<void> {
    this.#assertGoesOn(signal, "transient");
    for (const item of to.items.filter(({ secret }) => only.includes(secret))) {
      // SAFETY of the cast: `restore` is what `current` put there.
      for (const entry of item.restore as unknown as readonly RestoreEntry[]) {
        await this.#placeOf(entry).restore(entry, contentOf(item, entry.part));
      }
    }
    this.#assertGoesOn(signal, "outcome-unknown");
    await reloadIfRunning(this.#reloads, this.#clock, signal);
  }

  async confirm(changes: readonly Change[], signal: AbortSignal): Promise<Evidence> {
    for (const { place, ref } of this.#wanted(changes)) {
      this.#assertGoesOn(signal, "transient");
      if (await place.leadsTo(ref)) continue;
      throw new RotationError("not-in-use", {
        kind: "rejected",
        message: `${place.name} does not lead to version ${ref.version}`,
        hint: "Look what stands there now (readlink shows where a link leads), and who changed it.",
      });
    }
    return "converged";
  }

  #wanted(changes: readonly Change[]): readonly { readonly place: Place; readonly ref: VersionRef }[] {
    return changes.flatMap(({ secret, to }) =>
      this.#bindingsOf(secret).map(({ place }) => ({ place, ref: to })),
    );
  }

  /** A baseline may name a stable path that the configuration has moved since: it is a file all the same. */
  #placeOf({ path }: RestoreEntry): Place {
    return this.#bindings.find(({ place }) => place.name === path)?.place ?? stablePath(path);
  }

  #bindingsOf(secret: SecretName): readonly FileBinding[] {
    const bound = this.#bindings.filter((binding) => binding.secret === secret);
    if (bound.length > 0) return bound;
    throw new RotationError("secret-unconfigured", {
      kind: "rejected",
      message: `${this.id} is not configured for ${secret}`,
      hint: "Put the secret's target back into the configuration.",
    });
  }

  /** One item for all of a secret's paths, since a baseline has one sealed row for each secret. */
  async #itemOf(secret: SecretName, signal: AbortSignal): Promise<BaselineItem> {
    const held: Held[] = [];
    const restore: RestoreEntry[] = [];
    const content: Record<string, SecretValue> = {};
    for (const { place } of this.#bindingsOf(secret)) {
      this.#assertGoesOn(signal, "transient");
      const found: Found = await place.find(secret);
      const part = found.content === null ? null : partName(Object.keys(content).length);
      if (part !== null && found.content !== null) content[part] = found.content;
      held.push(found.held);
      restore.push({ ...found.restore, path: place.name, part });
    }
    const item = { secret, held: heldByAll(held), restore: restore.map((entry) => ({ ...entry })) };
    return Object.keys(content).length === 0 ? item : { ...item, content };
  }

  #assertGoesOn(signal: AbortSignal, kind: "transient" | "outcome-unknown"): void {
    if (signal.aborted) throw cancelled(`the work on ${this.id}`, kind);
  }
}

function partName(index: number): string {
  return index === 0 ? "value" : `value${index + 1}`;
}

function contentOf({ content }: { readonly content?: Material }, part: string | null): SecretValue | null {
  return part === null ? null : (content?.[part] ?? null);
}
