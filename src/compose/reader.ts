import type { StateReader } from "../cli/services.ts";
import { readFingerprint } from "../config/fingerprint.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import { openJournalReadOnly, type JournalReader } from "../journal/journal-reader.ts";
import { projectionKey } from "./projection-key.ts";
import type { Environment } from "./wiring.ts";

/** The journal for reading. The configuration is loaded only when it was written since the journal saw it last. */
export async function openReader(file: string, env: Environment): Promise<StateReader> {
  const { stateDir, stamp } = await readFingerprint(file, env);
  const reader = openJournalReadOnly(stateDir);
  const policies = await currentPolicies(reader, stamp, file, env).catch((thrown: unknown) => {
    reader.close();
    throw thrown;
  });
  const { tables } = reader;
  return {
    tables,
    policies,
    history: (secret, limit) => reader.history(secret, limit),
    run: (id) => reader.run(id),
    close: () => reader.close(),
  };
}

async function currentPolicies(
  reader: JournalReader,
  stamp: string,
  file: string,
  env: Environment,
): Promise<readonly SecretPolicy[]> {
  const projection = reader.policies<SecretPolicy>();
  return projection?.fingerprint === projectionKey(stamp) ? projection.rows : loadPolicies(file, env);
}

async function loadPolicies(file: string, env: Environment): Promise<readonly SecretPolicy[]> {
  const [{ loadConfig }, { kinds }, { secretPolicy }] = await Promise.all([
    import("../config/load-config.ts"),
    import("./kinds.ts"),
    import("./secret-policies.ts"),
  ]);
  return loadConfig(file, kinds, env).secrets.map((secret) => secretPolicy(secret, kinds, env));
}
