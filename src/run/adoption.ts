/** Credentials that the configuration gives into our hands, looked up at the issuer. Reading only: `plan` does it too. */
import {
  adoptedVersion,
  intendedAdoption,
  isAdopted,
  isOutOfLine,
  lettingGo,
  type Adoption,
  type RefusedAdoption,
} from "../domain/adoption.ts";
import type { RecordedError } from "../domain/errors.ts";
import type { Listed } from "../domain/ports.ts";
import { readAgain } from "../domain/read-again.ts";
import type { SecretState } from "../domain/state.ts";
import { parseMarker, type Marker, type SecretName } from "../domain/version.ts";
import { contextOf } from "./context.ts";
import { withDeadline } from "./deadline.ts";
import type { Outlook } from "./ports.ts";
import { settle } from "./settle.ts";

const READ_MS = 60_000;

export interface Looked {
  /** Null when the journal holds what the configuration names. */
  readonly adoption: Adoption | null;
  /** Live credentials that are neither ours nor named. */
  readonly foreign: readonly Listed[];
}

/** Throws what the issuer says when it cannot be read. */
export async function lookForAdoption(outlook: Outlook, secret: SecretName): Promise<Looked> {
  const { clock, wiring, journal } = outlook;
  const listed = await readAgain(clock, outlook.signal, () =>
    withDeadline(clock, READ_MS, outlook.signal, async (signal) =>
      (await wiring.issuer(secret)).list(signal),
    ),
  );
  const state = journal.tables.get("secret", secret);
  const adoption = intendedAdoption({
    secret,
    state,
    wanted: wiring.adopts(secret),
    listed,
    isOwn: (marker) => isOfThisJournal(outlook, marker),
    now: clock.now(),
    overlapMs: contextOf(outlook).overlapMs(secret),
  });
  const named = (adoption?.credentials ?? []).map(({ id }) => id);
  const foreign = foreignOf(outlook, secret, listed).filter(({ id }) => !named.includes(id));
  return { adoption, foreign };
}

/** What a worker that comes by now would journal. While the issuer cannot be read, names can only be taken away. */
export async function pendingAdoption(outlook: Outlook, secret: SecretName): Promise<Adoption | null> {
  const state = outlook.journal.tables.get("secret", secret);
  const wanted = outlook.wiring.has(secret) ? outlook.wiring.adopts(secret) : null;
  if (wanted === null || !isOutOfLine(state, wanted)) return null;
  const looked = await settle(lookForAdoption(outlook, secret));
  return looked.ok ? looked.value.adoption : lettingGo(state, wanted);
}

/** Ours is what carries a marker of a run in this journal, and what was adopted; everything else belongs to somebody. */
export function foreignOf(
  { journal, clock }: Outlook,
  secret: SecretName,
  listed: readonly Listed[],
): readonly Listed[] {
  const state = journal.tables.get("secret", secret);
  return listed
    .filter(({ id, marker }) => {
      const parsed = marker === null ? null : parseMarker(marker);
      const made = parsed?.secret === secret && journal.tables.get("run", parsed.run) !== undefined;
      return !made && !isAdopted(state, id, clock.now());
    })
    .map(({ id, marker, createdAt, notAfter, label }) => ({ id, marker, createdAt, notAfter, label }));
}

/** Whichever secret it was made for: two secrets may share an application. */
function isOfThisJournal({ journal }: Outlook, marker: Marker): boolean {
  const parsed = parseMarker(marker);
  return parsed !== null && journal.tables.get("run", parsed.run) !== undefined;
}

/** What is told of a name that cannot be adopted. */
export function refusedAdoption(secret: SecretName, { id, code }: RefusedAdoption): RecordedError {
  if (code === "adoption-own") {
    return {
      code,
      kind: "rejected",
      message: `the credential ${id}, which ${secret} should adopt, is one that keyturn made`,
      hint: `Take ${id} out of \`adopt\`: keyturn retires what it made by itself.`,
    };
  }
  return {
    code,
    kind: "rejected",
    message: `the credential ${id}, which ${secret} should adopt, is not one that the issuer lists`,
    hint: `Correct \`adopt\`, or take ${id} out of it if it is gone; \`keyturn adopt --discover\` lists what is there.`,
  };
}

/** How many credentials version 0 stands for; 0 when it stands for none that keyturn knows. */
export function countAdopted(state: SecretState | undefined): number {
  return adoptedVersion(state)?.credentials?.length ?? 0;
}
