/** Journals which credentials version 0 stands for, as the configuration names them. */
import { adoptedVersion, lettingGo, type Adoption, type AdoptionProof } from "../domain/adoption.ts";
import { recordError, RotationError, type RecordedError } from "../domain/errors.ts";
import type { Material } from "../domain/material.ts";
import type { Listed } from "../domain/ports.ts";
import { readAgain } from "../domain/read-again.ts";
import type { SecretState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { Created, SecretName } from "../domain/version.ts";
import { lookForAdoption, pendingAdoption, refusedAdoption } from "./adoption.ts";
import { withDeadline } from "./deadline.ts";
import type { Workshop } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { refusedResult } from "./results.ts";
import { settle } from "./settle.ts";
import type { SecretResult } from "./work.ts";

const CALL_MS = 60_000;

export interface Adopted {
  readonly secret: SecretName;
  /** Everything that version 0 stands for now; empty when names were taken out of the configuration again. */
  readonly credentials: readonly Listed[];
  readonly verified: AdoptionProof;
  /** When it is revoked; null while nothing has taken its place. */
  readonly retireAt: Instant | null;
}

/** Of secrets whose names are not in line with the journal. What cannot be read now is left to the next worker. */
export async function adoptNamed(
  shop: Workshop,
  recorder: Recorder,
  secrets: readonly SecretName[],
): Promise<readonly Adopted[]> {
  const adopted: Adopted[] = [];
  for (const secret of secrets) {
    if (shop.signal.aborted) break;
    const adoption = await pendingAdoption(shop, secret);
    if (adoption !== null) adopted.push(...(await adopt(shop, recorder, secret, adoption)));
  }
  return adopted;
}

/** The same because somebody asked: every issuer is read, and what stands in the way is told as a refusal. */
export async function adoptAsked(
  shop: Workshop,
  recorder: Recorder,
  secrets: readonly SecretName[],
): Promise<{ readonly adopted: readonly Adopted[]; readonly refused: readonly SecretResult[] }> {
  const adopted: Adopted[] = [];
  const refused: SecretResult[] = [];
  for (const secret of secrets) {
    if (shop.signal.aborted) break;
    const looked = await settle(lookForAdoption(shop, secret));
    if (!looked.ok) {
      refused.push(refusedResult(shop, secret, recordError(looked.error)));
      continue;
    }
    const { adoption, foreign } = looked.value;
    if (adoption !== null) adopted.push(...(await adopt(shop, recorder, secret, adoption)));
    await noteForeign(shop, recorder, secret, foreign);
    const standing = shop.journal.tables.get("secret", secret)?.adoption?.refused ?? [];
    for (const each of standing) refused.push(refusedResult(shop, secret, refusedAdoption(secret, each)));
  }
  return { adopted, refused };
}

/** Lets go of what is not named any more, so that it is not revoked; gives the secret as it is then. */
export async function letGo(shop: Workshop, recorder: Recorder, state: SecretState): Promise<SecretState> {
  const { secret } = state;
  const adoption = shop.wiring.has(secret) ? lettingGo(state, shop.wiring.adopts(secret)) : null;
  if (adoption === null) return state;
  await adopt(shop, recorder, secret, adoption);
  return shop.journal.tables.get("secret", secret) ?? state;
}

/** Journals which live credentials are nobody's that we know, when that has changed. */
export async function noteForeign(
  shop: Workshop,
  recorder: Recorder,
  secret: SecretName,
  credentials: readonly Listed[],
): Promise<void> {
  const state = shop.journal.tables.get("secret", secret);
  const isSame = (state?.foreign ?? 0) === credentials.length;
  if (isSame && textOf(state?.foreignCredentials ?? []) === textOf(credentials)) return;
  await recorder.record({ type: "foreign-seen", secret, foreign: credentials.length, credentials });
}

/** An issuer promises no order. */
function textOf(credentials: readonly Listed[]): string {
  const facts = credentials.map(({ id, label, createdAt, notAfter }) =>
    JSON.stringify([id, label, createdAt, notAfter]),
  );
  return facts.toSorted().join();
}

/** Alerts come first: after a crash in between they are told twice, never left out. */
async function adopt(
  shop: Workshop,
  recorder: Recorder,
  secret: SecretName,
  adoption: Adoption,
): Promise<readonly Adopted[]> {
  const before = shop.journal.tables.get("secret", secret);
  const told = before?.adoption?.refused ?? [];
  for (const each of adoption.refused) {
    if (told.some(({ id, code }) => id === each.id && code === each.code)) continue;
    await alert(recorder, secret, refusedAdoption(secret, each));
  }
  const verified = await proofOf(shop, recorder, secret, before, adoption.credentials);
  await recorder.record({ type: "adopted", secret, ...adoption, verified });
  const held = adoptedVersion(before)?.credentials ?? [];
  const { credentials, retireAt } = adoption;
  if (held.length === 0 && credentials.length === 0) return [];
  const { retireAt: until = retireAt } = shop.journal.tables.get("secret", secret) ?? {};
  return [{ secret, credentials, verified, retireAt: until }];
}

/** Consumers hold what was there before only while no version of ours has been brought to them. */
async function proofOf(
  shop: Workshop,
  recorder: Recorder,
  secret: SecretName,
  state: SecretState | undefined,
  credentials: readonly Listed[],
): Promise<AdoptionProof> {
  const known = (adoptedVersion(state)?.credentials ?? []).map(({ id }) => id);
  if (state?.current != null && state.current > 0) return state.adoption?.verified ?? "not-readable";
  if (credentials.every(({ id }) => known.includes(id))) return state?.adoption?.verified ?? "not-readable";
  const read = await settle(valuesHeld(shop, secret));
  if (!read.ok) return "not-readable";
  const proofs: AdoptionProof[] = [];
  for (const material of read.value) proofs.push(await signIn(shop, recorder, secret, credentials, material));
  return proofs.find((proof) => proof === "no") ?? proofs[0] ?? "not-readable";
}

async function valuesHeld(shop: Workshop, secret: SecretName): Promise<readonly Material[]> {
  return withDeadline(shop.clock, CALL_MS, shop.signal, async (signal) => {
    const values: Material[] = [];
    for (const target of await shop.wiring.targets(secret))
      values.push(...((await target.held?.(signal)) ?? []));
    return values;
  });
}

/** Never fatal: what does not work was not working before us. */
async function signIn(
  shop: Workshop,
  recorder: Recorder,
  secret: SecretName,
  credentials: readonly Listed[],
  material: Material,
): Promise<AdoptionProof> {
  const [first] = credentials;
  if (first === undefined) return "not-readable";
  const version: Created = {
    ref: { secret, version: 0, marker: "" },
    credential: first,
    createdAt: Math.min(...credentials.map(({ createdAt }) => createdAt ?? 0)),
    notAfter: first.notAfter,
    material,
  };
  const verified = await settle(
    readAgain(shop.clock, shop.signal, () =>
      withDeadline(shop.clock, CALL_MS, shop.signal, async (signal) =>
        (await shop.wiring.issuer(secret)).verify(version, signal),
      ),
    ),
  );
  if (verified.ok) return "yes";
  if (verified.error.code !== "credential-refused") return "not-readable";
  await alert(recorder, secret, recordError(doesNotSignIn(secret, verified.error)));
  return "no";
}

async function alert(recorder: Recorder, secret: SecretName, error: RecordedError): Promise<void> {
  await recorder.record({ type: "alert", secret, run: null, error });
}

function doesNotSignIn(secret: SecretName, { message }: RotationError): RotationError {
  return new RotationError("adoption-refused", {
    kind: "rejected",
    subject: secret,
    message: `a consumer of ${secret} holds a value that does not sign in: ${message}`,
    hint: `Look at the files of ${secret}'s targets. \`keyturn rotate --now ${secret}\` replaces what is there.`,
  });
}
