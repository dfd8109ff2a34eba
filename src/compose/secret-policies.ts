import type { ConfiguredLeaf, ConfiguredSecret } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { StoreId } from "../domain/ports.ts";
import { kindOf, type Kinds } from "./kinds.ts";
import type { Environment } from "./wiring.ts";

/** Told from the configuration alone: connecting every target whenever a worker comes by would be too much. */
export function storesOf(
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

/** What `status` reads of a secret; its leaves stay out. */
export function secretPolicy(
  secret: ConfiguredSecret,
  kinds: Pick<Kinds, "targets">,
  env: Environment,
): SecretPolicy {
  const { secret: name, policy, labels, dependsOn, notWith } = secret;
  return { secret: name, policy, labels, dependsOn, notWith, stores: storesOf(secret, kinds, env) };
}
