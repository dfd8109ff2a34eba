/** A configured scope, with everything that it names connected. */
import type { LockdownScope } from "../config/config.ts";
import type { Containment, Denial, Disabling, Outcome } from "../domain/lockdown.ts";
import type { Channel } from "../domain/notice.ts";

export interface ScopeParts {
  readonly scope: LockdownScope;
  readonly containments: readonly Containment[];
  /** The environment that each contained service is restarted with. */
  readonly env: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** What is not needed to contain, and may take its time to be loaded. */
export interface ScopeMeans {
  readonly disablings: readonly Disabling[];
  readonly denials: readonly Denial[];
  /** Who is told. */
  readonly channels: readonly Channel[];
  /** Where evidence goes: `preserve.dir`, expanded; null when none is to be taken. */
  readonly evidenceDir: string | null;
  readonly signer: EvidenceSigner;
}

/** Signs manifests with Ed25519. */
export interface EvidenceSigner {
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** Base64. */
  sign(bytes: Buffer): string;
}

/** Holds everything in the scope still, side by side. Never rejects. */
export async function contain(
  { containments }: ScopeParts,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  return (await Promise.all(containments.map((each) => each.contain(signal)))).flat();
}
