/** addPassword and removePassword: one write at a time per application, never repeated here. */
import { RotationError } from "../../domain/errors.ts";
import type { Clock, Instant } from "../../domain/time.ts";
import { CONFLICT_WAIT_MS } from "./graph-error.ts";
import type { Graph, GraphCall, GraphResult } from "./graph.ts";
import { readAddedPassword, type AddedPassword, type PasswordCredential } from "./password-credential.ts";
import { SerialQueue } from "./serial-queue.ts";

export interface PasswordOrder {
  readonly displayName: string;
  readonly endAt: Instant;
}

type ReadPasswords = (objectId: string, signal: AbortSignal) => Promise<readonly PasswordCredential[]>;

/** Until a key is this old, Graph may say that it does not exist although it does. */
const YOUNG_MS = 15_000;
const LOOK_AGAIN_MS = 1_000;

export class PasswordWrites {
  readonly #graph: Graph;
  readonly #clock: Clock;
  readonly #queue: SerialQueue;
  readonly #read: ReadPasswords;
  /** Keys that this process added, with the monotonic time; and those it saw removed. */
  readonly #addedAtMs = new Map<string, number>();
  readonly #removed = new Set<string>();

  constructor(graph: Graph, clock: Clock, read: ReadPasswords) {
    this.#graph = graph;
    this.#clock = clock;
    this.#queue = new SerialQueue(clock);
    this.#read = read;
  }

  async add(objectId: string, order: PasswordOrder, signal: AbortSignal): Promise<AddedPassword> {
    const endDateTime = new Date(order.endAt).toISOString();
    const result = await this.#write(objectId, signal, {
      what: `add a password to application ${objectId}`,
      method: "POST",
      path: `/applications/${objectId}/addPassword`,
      body: { passwordCredential: { displayName: order.displayName, endDateTime } },
    });
    if ("error" in result) throw result.error;
    const added = readAddedPassword(result.body);
    if (added === null) throw noPassword(objectId);
    this.#addedAtMs.set(added.keyId, this.#clock.monotonicMs());
    return added;
  }

  async remove(objectId: string, keyId: string, signal: AbortSignal): Promise<void> {
    if (this.#removed.has(keyId)) return;
    const result = await this.#write(objectId, signal, {
      what: `remove the password ${keyId} from application ${objectId}`,
      method: "POST",
      path: `/applications/${objectId}/removePassword`,
      body: { keyId },
    });
    if ("error" in result) {
      if (!result.refusal.unknownKey) throw result.error;
      await this.#makeSureItIsGone(objectId, keyId, signal);
    }
    this.#removed.add(keyId);
  }

  /** "No such key" proves nothing for a young key, nor while a read still shows it. */
  async #makeSureItIsGone(objectId: string, keyId: string, signal: AbortSignal): Promise<void> {
    const addedAtMs = this.#addedAtMs.get(keyId);
    const young = addedAtMs !== undefined && this.#clock.monotonicMs() - addedAtMs < YOUNG_MS;
    const listed = young || (await this.#read(objectId, signal)).some((one) => one.keyId === keyId);
    if (!listed) return;
    throw new RotationError("write-conflict", {
      kind: "transient",
      message: `Graph does not find the password ${keyId} of application ${objectId} yet, so it cannot be removed`,
      hint: "keyturn tries again until every replica agrees.",
      retryAfterMs: LOOK_AGAIN_MS,
    });
  }

  #write(objectId: string, signal: AbortSignal, call: GraphCall): Promise<GraphResult> {
    return this.#queue.run(objectId, signal, async () => {
      const result = await this.#graph.attempt(call, signal);
      if ("refusal" in result && result.refusal.status === 409) this.#queue.hold(objectId, CONFLICT_WAIT_MS);
      return result;
    });
  }
}

/** 200, but without the one thing that is shown only once. */
function noPassword(objectId: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "outcome-unknown",
    message: `Graph's answer to addPassword for application ${objectId} holds no password`,
    hint: "keyturn looks for it by its marker and removes it before it tries again.",
  });
}
