/** The stores' side of the world: dormant copies of versions. */
import { RotationError } from "../../../src/domain/errors.ts";
import type { Created, VersionRef } from "../../../src/domain/version.ts";
import type { Ground } from "./options.ts";

export class StoreSide {
  readonly #ground: Ground;
  /** Whether one of these services refers to the version of this marker. */
  readonly #isUsed: (ref: VersionRef, isReader: (service: string) => boolean) => boolean;
  readonly #copies = new Map<string, Created>();

  constructor(ground: Ground, isUsed: (ref: VersionRef, isReader: (service: string) => boolean) => boolean) {
    this.#ground = ground;
    this.#isUsed = isUsed;
  }

  storesOf(secret: string): readonly string[] {
    return this.#ground.options().stores?.[secret] ?? [`store:${secret}`];
  }

  deliver(store: string, version: Created): void {
    const { ref } = version;
    this.#ground.mutates(["do deliver"], `${ref.secret}@${store}`);
    const found = this.#copies.get(keyOf(store, ref));
    if (found !== undefined && found.ref.marker !== ref.marker) {
      throw new RotationError("store-conflict", {
        kind: "rejected",
        message: `${keyOf(store, ref)} is there already`,
      });
    }
    this.#copies.set(keyOf(store, ref), version);
  }

  withdraw(store: string, ref: VersionRef): void {
    this.#ground.mutates(["undo deliver"], `${ref.secret}@${store}`);
    if (this.#copies.get(keyOf(store, ref))?.ref.marker !== ref.marker) return;
    if (this.#isUsedAt(store, ref)) {
      throw new RotationError("copy-in-use", { kind: "rejected", message: `${keyOf(store, ref)} is in use` });
    }
    this.#copies.delete(keyOf(store, ref));
  }

  highest(store: string, secret: string): number {
    const numbers = [...this.#copies].filter(([key]) => key.startsWith(`${store}/${secret}_v`));
    return Math.max(0, ...numbers.map(([, copy]) => copy.ref.version));
  }

  prune(store: string, secret: string, keep: readonly VersionRef[], known: readonly VersionRef[]): number {
    this.#ground.mutates(["do prune"], secret);
    let removed = 0;
    for (const ref of known.filter((each) => !keep.some((kept) => kept.marker === each.marker))) {
      if (this.#copies.get(keyOf(store, ref))?.ref.marker !== ref.marker || this.#isUsedAt(store, ref))
        continue;
      this.#copies.delete(keyOf(store, ref));
      removed += 1;
    }
    return removed;
  }

  /** Whether a service reads from a store, as it does from every one unless the scenario tells them apart. */
  isReadBy(store: string, service: string): boolean {
    return this.#ground.options().readers?.[store]?.includes(service) !== false;
  }

  /** The copy that a service reads: it must be in every store that it reads from. */
  read(ref: VersionRef, service?: string): Created {
    const [copy, ...others] = this.storesOf(ref.secret)
      .filter((store) => service === undefined || this.isReadBy(store, service))
      .map((store) => this.#copies.get(keyOf(store, ref)));
    if (copy?.ref.marker === ref.marker && others.every((other) => other?.ref.marker === ref.marker))
      return copy;
    throw new RotationError("copy-missing", {
      kind: "rejected",
      message: `no copy of ${ref.secret} v${ref.version}`,
    });
  }

  /** The copy in whichever store holds it. */
  copyOf(ref: VersionRef): Created {
    for (const store of this.storesOf(ref.secret)) {
      const copy = this.#copies.get(keyOf(store, ref));
      if (copy?.ref.marker === ref.marker) return copy;
    }
    throw new RotationError("copy-missing", {
      kind: "rejected",
      message: `no store holds ${ref.secret} v${ref.version}`,
    });
  }

  /** Somebody else's copy, under the name that our next version would have. */
  putForeign(secret: string, version: number): void {
    const ref = { secret, version, marker: `somebody-else-${version}` };
    for (const store of this.storesOf(secret)) this.#copies.set(keyOf(store, ref), { ref } as Created);
  }

  /** Somebody removes a copy by hand. */
  lose(ref: VersionRef): void {
    for (const store of this.storesOf(ref.secret)) this.#copies.delete(keyOf(store, ref));
  }

  #isUsedAt(store: string, ref: VersionRef): boolean {
    return this.#isUsed(ref, (service) => this.isReadBy(store, service));
  }

  /** Stores that hold this version. */
  holders(ref: VersionRef): readonly string[] {
    return this.storesOf(ref.secret).filter(
      (store) => this.#copies.get(keyOf(store, ref))?.ref.marker === ref.marker,
    );
  }

  all(): readonly VersionRef[] {
    return [...this.#copies.values()].map((copy) => copy.ref);
  }
}

function keyOf(store: string, ref: VersionRef): string {
  return `${store}/${ref.secret}_v${ref.version}`;
}
