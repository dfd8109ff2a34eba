import type { ConfiguredLeaf } from "../config/config.ts";
import { containments, denials, disablings } from "../countermeasures/index.ts";
import { connections } from "../connections/index.ts";
import { RotationError } from "../domain/errors.ts";
import { issuers } from "../issuers/index.ts";
import { probes } from "../probes/index.ts";
import { reloads } from "../reloads/index.ts";
import { targets } from "../targets/index.ts";

/** Every kind that a configuration can name. */
export const kinds = { connections, issuers, targets, reloads, probes, containments, disablings, denials };

export type Kinds = typeof kinds;

export function kindOf<K extends { readonly kind: string }>(all: readonly K[], leaf: ConfiguredLeaf): K {
  const found = all.find((each) => each.kind === leaf.kind);
  if (found !== undefined) return found;
  throw new RotationError("internal", { kind: "invariant", message: `no kind ${leaf.kind}` });
}
