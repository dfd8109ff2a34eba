import { RotationError } from "../../../src/domain/errors.ts";
import type { Entry, JournalRecord } from "../../../src/domain/journal-record.ts";
import type { Material } from "../../../src/domain/material.ts";
import type { Journal, SealOrder, TableReader } from "../../../src/domain/ports.ts";
import type { RunState, Tables } from "../../../src/domain/state.ts";
import { fold, type TableWriter } from "../../../src/journal/fold.ts";

class MemoryTables implements TableReader, TableWriter {
  readonly #rows = { secret: new Map(), run: new Map(), sweep: new Map(), lockdown: new Map() } as {
    [T in keyof Tables]: Map<string, Tables[T]>;
  };
  readonly #open = new Set<string>();

  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined {
    return this.#rows[table].get(key);
  }

  all<T extends keyof Tables>(table: T): readonly Tables[T][] {
    return [...this.#rows[table].values()];
  }

  openRuns(): readonly RunState[] {
    return [...this.#open].map((run) => this.#rows.run.get(run) as RunState);
  }

  sweepsOf(secret: string): readonly Tables["sweep"][] {
    return this.all("sweep").filter((row) => row.secret === secret);
  }

  put<T extends keyof Tables>(table: T, key: string, row: Tables[T]): void {
    this.#rows[table].set(key, row);
    if (table !== "run") return;
    const run = row as RunState;
    const open = run.phase !== "ended" || run.open.length > 0 || run.owed.length > 0;
    if (open) this.#open.add(key);
    else this.#open.delete(key);
  }

  delete<T extends keyof Tables>(table: T, key: string): void {
    this.#rows[table].delete(key);
  }
}

/** The journal's contract without a disk: what `append` resolved survives, whatever the process does. */
export class MemoryJournal implements Journal {
  readonly tables = new MemoryTables();
  readonly entries: Entry[] = [];
  /** It was put back from a back-up: what became of its versions since then, it cannot know. */
  isRestored = false;
  readonly #sealed = new Map<string, Material>();

  async append(record: JournalRecord, seal: readonly SealOrder[] = []): Promise<Entry> {
    const seq = this.entries.length + 1;
    const seals = seal.map(({ secret, version, row }) => ({ secret, version, row, digest: "" }));
    const entry: Entry = {
      seq,
      epoch: 1,
      record: JSON.parse(JSON.stringify(record)) as JournalRecord,
      seals,
      hash: "",
    };
    this.entries.push(entry);
    for (const order of seal)
      this.#sealed.set(sealKey(order.secret, order.version, order.row), order.material);
    if (record.type === "erased") this.#erase(record.secret, record.version);
    fold(this.tables, entry);
    return entry;
  }

  async *read(from = 1): AsyncIterable<Entry> {
    yield* this.entries.slice(from - 1);
  }

  newest(type: JournalRecord["type"]): Iterable<Entry> {
    return this.entries.toReversed().filter(({ record }) => record.type === type);
  }

  unseal(secret: string, version: number, row: string): Material {
    const material = this.#sealed.get(sealKey(secret, version, row));
    if (material !== undefined) return material;
    throw new RotationError("sealed-erased", {
      kind: "invariant",
      message: `${secret} v${version} ${row} was erased`,
    });
  }

  #erase(secret: string, version: number): void {
    for (const key of this.#sealed.keys()) {
      if (key.startsWith(`${secret}|${version}|`)) this.#sealed.delete(key);
    }
  }

  /** Goes back to the first `length` entries, as a back-up restored does. */
  restoredTo(length: number): MemoryJournal {
    const restored = new MemoryJournal();
    restored.isRestored = true;
    for (const entry of this.entries.slice(0, length)) {
      restored.entries.push(entry);
      fold(restored.tables, entry);
    }
    for (const [key, material] of this.#sealed) restored.#sealed.set(key, material);
    return restored;
  }
}

function sealKey(secret: string, version: number, row: string): string {
  return `${secret}|${version}|${row}`;
}
