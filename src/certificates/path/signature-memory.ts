import type { KeyObject } from "node:crypto";
import { keyObject, type PublicKey } from "../certificate/public-key.ts";
import type { Signed } from "./verify-signature.ts";

const MOST_KEYS = 2_000;

/**
 * What many questions have in common: the same few CAs' keys, read by OpenSSL, and their signatures, verified. It changes
 * no answer, for work is counted as if nothing were remembered.
 */
export class SignatureMemory {
  readonly #keys = new Map<string, KeyObject | undefined>();
  readonly #holds = new WeakMap<Signed, Map<string, boolean>>();

  /** For `node:crypto`; `undefined` when OpenSSL does not take the key. */
  keyObject(key: PublicKey): KeyObject | undefined {
    if (this.#keys.has(key.id)) return this.#keys.get(key.id);
    const object = keyObject(key);
    if (this.#keys.size < MOST_KEYS) this.#keys.set(key.id, object);
    return object;
  }

  /** Whether the key of this id verifies the signature; asks once. */
  holds(signed: Signed, keyId: string, ask: () => boolean): boolean {
    const known = this.#holds.get(signed) ?? new Map<string, boolean>();
    this.#holds.set(signed, known);
    const holds = known.get(keyId) ?? ask();
    known.set(keyId, holds);
    return holds;
  }
}
