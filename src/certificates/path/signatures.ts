import type { PublicKey } from "../certificate/public-key.ts";
import { SignatureMemory } from "./signature-memory.ts";
import { verifyCost, verifySignature, type Signed } from "./verify-signature.ts";
import type { Work } from "./work.ts";

/** Signatures that were paid for already: one CA often has many certificates, all with the same key. */
export class Signatures {
  readonly #work: Work;
  readonly #memory: SignatureMemory;
  readonly #paid = new Map<Signed, Set<string>>();

  constructor(work: Work, memory = new SignatureMemory()) {
    this.#work = work;
    this.#memory = memory;
  }

  /** Whether the key verifies the signature. Throws `LimitReached`. */
  holds(signed: Signed, publicKey: PublicKey): boolean {
    const paid = this.#paid.get(signed) ?? new Set<string>();
    this.#paid.set(signed, paid);
    if (!paid.has(publicKey.id)) this.#work.spend("signatures", verifyCost(publicKey, signed));
    paid.add(publicKey.id);
    return this.#memory.holds(signed, publicKey.id, () => verifySignature(signed, publicKey, this.#memory));
  }
}
