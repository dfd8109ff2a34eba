/** The tables as a worker finds them when it comes to plan: what it does before that, it is taken to have done. */
import { afterRevoking, lettingGo, withAdoption, type RefusedAdoption } from "../domain/adoption.ts";
import { newSecret } from "../domain/new-secret.ts";
import type { Listed, TableReader } from "../domain/ports.ts";
import type { SecretState, Tables } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { pendingAdoption } from "./adoption.ts";
import type { Outlook } from "./ports.ts";
import { isRetireDue, leftToPerson } from "./retire.ts";

export interface ForeseenAdoption {
  readonly secret: SecretName;
  /** Everything that version 0 will stand for; empty when names were taken out of the configuration again. */
  readonly credentials: readonly Listed[];
  readonly refused: readonly RefusedAdoption[];
  /** When it would be revoked; null while nothing has taken its place. */
  readonly retireAt: Instant | null;
}

/** The tables once the versions that are overdue have been retired, which those are, and what was let go instead. */
export function afterRetiring(outlook: Outlook): {
  readonly tables: TableReader;
  readonly retired: readonly SecretState[];
  readonly letGo: readonly ForeseenAdoption[];
} {
  const { journal, clock, wiring } = outlook;
  const now = clock.now();
  const letGo: ForeseenAdoption[] = [];
  const overdue = journal.tables
    .all("secret")
    .filter((each) => isRetireDue(each, journal.tables, now, true))
    .map((state) => {
      const { secret } = state;
      const adoption = wiring.has(secret) ? lettingGo(state, wiring.adopts(secret)) : null;
      if (adoption === null) return state;
      letGo.push({ secret, ...adoption, retireAt: state.retireAt });
      return withAdoption(state, adoption, "not-readable", now);
    });
  const states = overdue.map((each) => retiredOrTold(outlook, each));
  const retired = overdue.filter((each) => each.previous !== null && leftToPerson(outlook, each) === null);
  return { tables: withSecrets(states, journal.tables), retired, letGo };
}

/** A secret as it is once its previous version, whose overlap is over, is retired, or a person was told to. */
function retiredOrTold(outlook: Outlook, state: SecretState): SecretState {
  const retireError = leftToPerson(outlook, state);
  if (retireError !== null) return { ...state, retireError };
  const zero = state.previous === 0 ? withoutZero(state, outlook.clock.now()) : {};
  return { ...state, ...zero, previous: null, retireAt: null, retireRun: null };
}

function withoutZero(state: SecretState, now: Instant): Partial<SecretState> {
  const { ["0"]: zero, ...versions } = state.versions;
  return zero === undefined ? {} : { ...afterRevoking(state, now), versions };
}

/** The tables once what the configuration names has been adopted, and what that is. What cannot be read stays as it is. */
export async function afterAdopting(
  outlook: Outlook,
  secrets: readonly SecretName[],
): Promise<{ readonly tables: TableReader; readonly adopted: readonly ForeseenAdoption[] }> {
  const { journal, clock, signal } = outlook;
  const adopted: ForeseenAdoption[] = [];
  const states: SecretState[] = [];
  for (const secret of secrets) {
    if (signal.aborted) break;
    const adoption = await pendingAdoption(outlook, secret);
    if (adoption === null) continue;
    const before = journal.tables.get("secret", secret) ?? newSecret(secret);
    const state = withAdoption(before, adoption, "not-readable", clock.now());
    states.push(state);
    adopted.push({ secret, ...adoption, retireAt: state.retireAt });
  }
  return { tables: withSecrets(states, journal.tables), adopted };
}

function withSecrets(states: readonly SecretState[], tables: TableReader): TableReader {
  const changed = new Map(states.map((each) => [each.secret, each]));
  return {
    get: <T extends keyof Tables>(table: T, key: string) =>
      table === "secret" && changed.has(key)
        ? (changed.get(key) as Tables[keyof Tables] as Tables[T])
        : tables.get(table, key),
    all: (table) => tables.all(table),
    openRuns: () => tables.openRuns(),
    sweepsOf: (secret) => tables.sweepsOf(secret),
  };
}
