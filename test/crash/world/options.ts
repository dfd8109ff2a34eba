/** What a scenario's world is like. Everything that is left out is kind. */
export interface WorldOptions {
  /** Services by id, with the secrets that each of them uses. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** Stores of a secret; one of its own when left out. */
  readonly stores?: Readonly<Record<string, readonly string[]>>;
  /** Who reads from a store; everyone who uses its secret when left out. */
  readonly readers?: Readonly<Record<string, readonly string[]>>;
  readonly readLagMs?: number;
  /** Every other read is answered by a replica that lags this much more. */
  readonly flapMs?: number;
  /** A new credential is not accepted before. */
  readonly settleMs?: number;
  /** How much later a call lands whose caller is gone. */
  readonly lateMs?: number;
  /** Live credentials that the issuer allows per secret. */
  readonly limit?: number;
  /** Credentials that others left behind and nothing uses, by secret. */
  readonly forgotten?: Readonly<Record<string, readonly string[]>>;
  /** Credentials of others that the configuration names, by secret. */
  readonly adopt?: Readonly<Record<string, readonly string[]>>;
  /** What consumers hold that was there before and can be read back, by secret. */
  readonly held?: Readonly<Record<string, readonly string[]>>;
  /** Secrets whose material we choose. */
  readonly supplied?: readonly string[];
  /** Of those: roles that take turns, by secret. A role has one password at a time, and its name is part of the material. */
  readonly turns?: Readonly<Record<string, readonly string[]>>;
  /** Secrets whose values a person makes and revokes. */
  readonly byHand?: readonly string[];
  /** Of those: making a value ends the one before, as far as keyturn is told. */
  readonly endsPrevious?: true;
  /** Secrets whose new credentials never work. */
  readonly stillborn?: readonly string[];
  /** Services whose tasks go on with the old version, whatever the spec says. */
  readonly stuck?: readonly string[];
  /** Answers that are always given, whatever the process does: by method and subject. */
  readonly broken?: Readonly<Record<string, "rejected" | "transient">>;
  /** Secrets whose far sides never answer: they are reached by a connection of their own. */
  readonly hanging?: readonly string[];
}

/** What the parts of a world share: the time, and who watches the invariants. */
export interface Ground {
  readonly now: () => number;
  readonly options: () => WorldOptions;
  readonly violate: (what: string) => void;
  /** Says that something outside is changed by one of these attempts, about `subject`. */
  readonly mutates: (attempts: readonly string[], subject: string) => void;
  /** Checks that nobody was cut off. */
  readonly check: (after: string) => void;
}
