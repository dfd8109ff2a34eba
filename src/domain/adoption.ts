/**
 * Credentials that others made and the configuration names (`adopt`) are, together, version 0. What that means for a
 * secret is decided here and nowhere else: the journal folds with it, and `plan` foresees with it.
 */
import type { Listed } from "./ports.ts";
import type { SecretState, VersionState } from "./state.ts";
import { DAY_MS, type Instant } from "./time.ts";
import { formatMarker, type CredentialRef, type Marker, type SecretName } from "./version.ts";

/** Why a credential that is named is not adopted: the issuer does not list it, or it carries a marker of this journal. */
export interface RefusedAdoption {
  readonly id: string;
  readonly code: "adoption-unknown" | "adoption-own";
}

/** Whether what consumers hold signs in; `not-readable` where nobody can tell. */
export type AdoptionProof = "yes" | "no" | "not-readable";

export interface Adoption {
  /** Everything that version 0 stands for from now on; empty when nothing is adopted any more. */
  readonly credentials: readonly Listed[];
  readonly refused: readonly RefusedAdoption[];
  /** When version 0 is to be revoked, where it comes as the previous one; else null. */
  readonly retireAt: Instant | null;
}

/** What is remembered of adoptions beside version 0 itself. */
export interface AdoptionState {
  readonly refused: readonly RefusedAdoption[];
  readonly verified: AdoptionProof;
  readonly retired: readonly { readonly id: string; readonly at: Instant }[];
}

/** The secret whose adoption is decided, and what was read of its issuer. */
export interface AdoptionFacts {
  readonly secret: SecretName;
  readonly state: SecretState | undefined;
  /** Ids that the configuration names. */
  readonly wanted: readonly string[];
  readonly listed: readonly Listed[];
  readonly isOwn: (marker: Marker) => boolean;
  readonly now: Instant;
  readonly overlapMs: number;
}

/** Reads lag, and a removed secret may be listed for a while: only after this long has it come back to life. */
const SURELY_BACK_MS = DAY_MS;
const NO_RUN = "";

/** Version 0 while it stands for adopted credentials that are not revoked. */
export function adoptedVersion(state: SecretState | undefined): VersionState | undefined {
  const zero = state?.versions["0"];
  return zero === undefined || zero.stage === "retired" ? undefined : zero;
}

/** Every credential that dies with a version: one, but for version 0. */
export function credentialsOf(version: VersionState): readonly CredentialRef[] {
  return version.credentials ?? [version.credential];
}

/** Whether a credential without a marker of ours was given into our hands, now or before it was revoked. */
export function isAdopted(state: SecretState | undefined, id: string, now: Instant): boolean {
  const live = adoptedVersion(state)?.credentials?.some((each) => each.id === id) === true;
  return live || isRetired(state, id, now);
}

/** Whether the issuer must be asked, as far as can be told without asking. */
export function isOutOfLine(state: SecretState | undefined, wanted: readonly string[]): boolean {
  if (!isFree(state)) return false;
  const adopted = (adoptedVersion(state)?.credentials ?? []).map((each) => each.id);
  if (adopted.some((id) => !wanted.includes(id))) return true;
  if (state?.previous === 0) return false;
  const retired = (state?.adoption?.retired ?? []).map((each) => each.id);
  return wanted.some((id) => !adopted.includes(id) && !retired.includes(id));
}

/**
 * What the journal should hold of the named credentials; null when it does. Those that are adopted stay so while a read
 * does not show them. During version 0's overlap its credentials can only become fewer: a name that is taken out of the
 * configuration in time is not revoked, a new one waits.
 */
export function intendedAdoption(facts: AdoptionFacts): Adoption | null {
  const { state, wanted } = facts;
  if (!isFree(state)) return null;
  const before = adoptedVersion(state)?.credentials ?? [];
  const kept = before.filter((each) => wanted.includes(each.id));
  const asked = state?.previous === 0 ? [] : wanted.filter((id) => !kept.some((each) => each.id === id));
  const looked = [...new Set(asked)].flatMap((id) => lookUp(id, facts) ?? []);
  const credentials = [...kept, ...looked.flatMap((each) => ("code" in each ? [] : [each]))];
  const told = state?.adoption?.refused ?? [];
  const refused =
    state?.previous === 0
      ? told.filter(({ id }) => wanted.includes(id))
      : looked.flatMap((each) => ("code" in each ? [each] : []));
  const isSame = sameIds(before, credentials) && sameIds(told, refused);
  if (isSame) return null;
  const comesLate = state?.current != null && state.current > 0 && state.previous === null;
  return { credentials, refused, retireAt: comesLate ? facts.now + facts.overlapMs : null };
}

/** The part of it that needs no issuer: what was taken out of the configuration is let go. Null when nothing was. */
export function lettingGo(state: SecretState | undefined, wanted: readonly string[]): Adoption | null {
  const before = adoptedVersion(state)?.credentials ?? [];
  const credentials = before.filter(({ id }) => wanted.includes(id));
  if (!isFree(state) || credentials.length === before.length) return null;
  const refused = (state?.adoption?.refused ?? []).filter(({ id }) => wanted.includes(id));
  return { credentials, refused, retireAt: null };
}

/** The secret once that is so. The same facts always give the same state. */
export function withAdoption(
  state: SecretState,
  { credentials, refused, retireAt }: Adoption,
  verified: AdoptionProof,
  at: Instant,
): SecretState {
  const { [ZERO]: zero, ...others } = state.versions;
  const adoption = { refused, verified, retired: state.adoption?.retired ?? [] };
  const stage = state.current === null || state.current === 0 ? "current" : "previous";
  const [first] = credentials;
  if (first === undefined) {
    if (zero === undefined || zero.stage === "retired") return { ...state, adoption };
    return { ...state, ...withoutZero(state), versions: others, adoption };
  }
  const version = versionZero(state.secret, [first, ...credentials.slice(1)], stage, at);
  const next = { ...state, versions: { ...others, [ZERO]: version }, adoption };
  if (stage === "current") return { ...next, current: 0 };
  if (state.previous === 0) return next;
  const retireRun = state.versions[String(state.current)]?.run ?? null;
  return { ...next, previous: 0, retireAt, retireRun, retireNotBefore: null, retireError: null };
}

/** What changes beside its stage when version 0 was revoked: there is no way back to it. */
export function afterRevoking(state: SecretState, at: Instant): Partial<SecretState> {
  const revoked = (state.versions[ZERO]?.credentials ?? []).map(({ id }) => ({ id, at }));
  const { refused = [], verified = "not-readable", retired = [] } = state.adoption ?? {};
  const others = retired.filter((each) => !revoked.some(({ id }) => id === each.id));
  return { firstRun: null, adoption: { refused, verified, retired: [...others, ...revoked] } };
}

const ZERO = "0";

/** Nobody is at work on it, and no version of ours is in its overlap. */
function isFree(state: SecretState | undefined): boolean {
  if (state === undefined) return true;
  const { openRun, needsOperator, previous } = state;
  return openRun === null && needsOperator === null && (previous === null || previous === 0);
}

function isRetired(state: SecretState | undefined, id: string, now: Instant): boolean {
  const retired = state?.adoption?.retired.find((each) => each.id === id);
  return retired !== undefined && now < retired.at + SURELY_BACK_MS;
}

/** Null for one that was adopted, is revoked, and rightly gone. */
function lookUp(id: string, { state, listed, isOwn, now }: AdoptionFacts): Listed | RefusedAdoption | null {
  if (isRetired(state, id, now)) return null;
  const found = listed.find((each) => each.id === id);
  if (found !== undefined) {
    if (found.marker !== null && isOwn(found.marker)) return { id, code: "adoption-own" };
    const { marker, createdAt, notAfter, label } = found;
    return { id, marker, createdAt, notAfter, label };
  }
  const wasRevoked = state?.adoption?.retired.some((each) => each.id === id) === true;
  return wasRevoked ? null : { id, code: "adoption-unknown" };
}

function sameIds(a: readonly { readonly id: string }[], b: readonly { readonly id: string }[]): boolean {
  return a.length === b.length && a.every((each) => b.some(({ id }) => id === each.id));
}

function withoutZero({ current, previous }: SecretState): Partial<SecretState> {
  if (current === 0) return { current: null };
  if (previous !== 0) return {};
  return { previous: null, retireAt: null, retireRun: null, retireNotBefore: null, retireError: null };
}

/** As old as the oldest of them, and it expires with the first of those that have not yet. */
function versionZero(
  secret: SecretName,
  credentials: readonly [Listed, ...Listed[]],
  stage: "current" | "previous",
  at: Instant,
): VersionState {
  const [{ id, marker }] = credentials;
  return {
    version: 0,
    stage,
    run: NO_RUN,
    // Nothing carries it: no run has this id.
    marker: formatMarker(secret, "0", 0),
    credential: { id, marker },
    credentials,
    createdAt: Math.min(...credentials.map(({ createdAt }) => createdAt ?? at)),
    notAfter: firstExpiry(credentials, at),
    promotedAt: null,
    adoptedAt: at,
    evidence: null,
    stores: [],
    // It never had any material of ours.
    erased: true,
  };
}

function firstExpiry(credentials: readonly Listed[], at: Instant): Instant | null {
  const ends = credentials.flatMap(({ notAfter }) => notAfter ?? []);
  const ahead = ends.filter((end) => end > at);
  if (ahead.length > 0) return Math.min(...ahead);
  return ends.length < credentials.length || ends.length === 0 ? null : Math.max(...ends);
}
