/** Puts together everything that a rotation of these secrets needs, and has it examined. Takes no lease, writes nothing. */
import type { LoadedConfig } from "../config/config.ts";
import type { Check } from "../domain/check.ts";
import { systemClock } from "../domain/system-clock.ts";
import { parseMarker, type Marker, type SecretName } from "../domain/version.ts";
import { openJournalReadOnly } from "../journal/journal-reader.ts";
import { examine } from "../run/examine.ts";
import { kinds } from "./kinds.ts";
import { machinePatients } from "./machine-patients.ts";
import { ConfiguredWiring, type Environment } from "./wiring.ts";
import { leafPatients } from "./leaf-patients.ts";

export interface DoctorOrder {
  readonly config: LoadedConfig;
  /** null for all that are configured, and every connection. */
  readonly secrets: readonly SecretName[] | null;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export async function doctor(order: DoctorOrder): Promise<readonly Check[]> {
  const { config, env, signal } = order;
  const wiring = new ConfiguredWiring(config, kinds, systemClock, env);
  try {
    const { patients, files } = await leafPatients(wiring, config, order.secrets);
    return await examine({
      patients: [...machinePatients(config, env), ...patients],
      around: { files, isOurs: journaled(config) },
      clock: systemClock,
      signal,
    });
  } finally {
    await wiring.close();
  }
}

/** Runs that this journal knows. One that cannot be read knows none, and says so itself. */
function journaled(config: LoadedConfig): (marker: Marker) => boolean {
  const runs = new Set<string>();
  try {
    const journal = openJournalReadOnly(config.stateDir);
    try {
      for (const { run } of journal.history()) runs.add(run);
    } finally {
      journal.close();
    }
  } catch {
    // Told by the journal's own checks.
  }
  return (marker) => runs.has(parseMarker(marker)?.run ?? "");
}
