import type { KeyObject } from "node:crypto";

export type ContainerFormat = "pem" | "der" | "pkcs7" | "pkcs12";

/** A private key that a file holds. */
export interface HeldKey {
  /** `null` for one that is encrypted and was not opened. */
  readonly key: KeyObject | null;
}

/** A certificate, a key or a block that cannot be read. */
export interface Trouble {
  /** `certificate 2, line 31`. */
  readonly where: string;
  readonly problem: string;
}

/** What a file holds. */
export interface Container {
  readonly format: ContainerFormat;
  /** DER, in the order of the file; not yet held to anything. */
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly HeldKey[];
  readonly trouble: readonly Trouble[];
}
