import { kinds } from "../../src/compose/kinds.ts";
import { projectionKey } from "../../src/compose/projection-key.ts";
import { secretPolicy } from "../../src/compose/secret-policies.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";
import { firstRotation } from "../../test/crowd/first-rotation.ts";

/** A journal in which every configured secret was rotated once, with the configuration's policies projected into it. */
export async function fillJournal(file: string): Promise<void> {
  const config = loadConfig(file, kinds, {});
  const policies = config.secrets.map((secret) => secretPolicy(secret, kinds, {}));
  const journal = openJournal({ dir: config.stateDir });
  for (const [index, { secret, stores }] of policies.entries()) {
    const [store = ""] = stores;
    const createdAt = Date.now();
    for (const body of firstRotation({ secret, run: `run${index}`, createdAt, store }))
      await journal.append({ ...body, at: createdAt });
  }
  journal.writePolicies(projectionKey(config.fingerprint), policies);
  journal.close();
}
