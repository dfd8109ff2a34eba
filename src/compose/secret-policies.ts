import type { ConfiguredLeaf, ConfiguredSecret } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { StoreId } from "../domain/ports.ts";
import { kindOf, type Kinds } from "./kinds.ts";
import type { Environment } from "./wiring.ts";

/** Told from the configuration alone: connecting every target whenever a worker comes by would be too much. */
function storesOf(
  { targets }: Pick<ConfiguredSecret, "targets">,
  kinds: Pick<Kinds, "targets">,
  env: Environment,
): readonly StoreId[] {
  return targets.flatMap((leaf) => storeOf(leaf, kinds, env) ?? []);
}

/** A target whose path cannot be told is no news: whoever connects it is told what is wrong. */
function storeOf(leaf: ConfiguredLeaf, kinds: Pick<Kinds, "targets">, env: Environment): StoreId | null {
  try {
    return kindOf(kinds.targets, leaf).storeId(leaf.config, env);
  } catch (thrown) {
    if (thrown instanceof RotationError && thrown.code === "config-invalid") return null;
    throw thrown;
  }
}

/** What only the kinds of its leaves can tell of a secret. */
export function toldByKinds(
  secret: Pick<ConfiguredSecret, "targets" | "issuer">,
  kinds: Pick<Kinds, "targets" | "issuers">,
  env: Environment,
): Pick<SecretPolicy, "stores" | "offers"> {
  const offers = kindOf(kinds.issuers, secret.issuer).offers === true;
  return { stores: storesOf(secret, kinds, env), ...(offers && { offers }) };
}

/** What `status` reads of a secret; its leaves stay out. */
export function secretPolicy(
  secret: ConfiguredSecret,
  kinds: Pick<Kinds, "targets" | "issuers">,
  env: Environment,
): SecretPolicy {
  const { secret: name, policy, labels, dependsOn, notWith } = secret;
  return { secret: name, policy, labels, dependsOn, notWith, ...toldByKinds(secret, kinds, env) };
}
