import type { PublicKey } from "../certificate/public-key.ts";
import { verifyCost, verifySignature, type Signed } from "./verify-signature.ts";
import type { Work } from "./work.ts";

/** Signatures that were verified already: one CA often has many certificates, all with the same key. */
export class Signatures {
  readonly #work: Work;
  readonly #known = new Map<Signed, Map<string, boolean>>();

  constructor(work: Work) {
    this.#work = work;
  }

  /** Whether the key verifies the signature. Throws `LimitReached`. */
  holds(signed: Signed, publicKey: PublicKey): boolean {
    const byKey = this.#known.get(signed) ?? new Map<string, boolean>();
    this.#known.set(signed, byKey);
    const known = byKey.get(publicKey.id);
    if (known !== undefined) return known;
    this.#work.spend("signatures", verifyCost(publicKey, signed));
    const holds = verifySignature(signed, publicKey);
    byKey.set(publicKey.id, holds);
    return holds;
  }
}
