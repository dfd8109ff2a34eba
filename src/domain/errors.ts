import type { StepKey } from "./run.ts";

/**
 * What the runner may do about a failure.
 * - `transient`: nothing happened; try again.
 * - `rejected`: nothing happened and trying again will not help; undo.
 * - `outcome-unknown`: the request was sent and no answer came; look before anything is repeated.
 * - `invariant`: something that must be true is not; stop and ask a person.
 */
export type ErrorKind = "transient" | "rejected" | "outcome-unknown" | "invariant";

/**
 * Every code keyturn can print, with what it means. `docs/errors.md` is held equal to this table by a test.
 * A retired code is never used again.
 */
export const ERROR_CODES = {
  // configuration and usage
  "config-not-found": "The configuration file, or a file that it names, is not there or cannot be read.",
  "config-invalid":
    "The configuration has at least one problem; each is listed with its file, line and path.",
  usage: "The command line is not one that keyturn understands.",
  "seal-key-invalid": "The seal key is missing, is not 32 bytes in base64, or others may read it.",
  "file-exists": "A file that would be written is already there.",
  "unknown-secret": "No secret of that name is configured.",
  "unknown-run": "The journal holds no run of that id.",
  // journal, lease, audit
  "lease-held": "Another keyturn process is working on this journal.",
  "lease-lost": "Another process took the lease since; this one may no longer write.",
  "journal-unavailable": "The journal could not be opened, read or written.",
  "journal-corrupt": "The journal's hash chain does not hold: a record was changed, or one is missing.",
  "journal-newer": "The journal was written by a newer keyturn.",
  "backup-failed": "The copy of the journal could not be written.",
  "sealed-erased": "The sealed material was erased, as it is once a version is retired.",
  "sealed-unreadable": "The sealed material cannot be opened with this seal key.",
  "rekey-unfinished":
    "The seal key was changed, but its file still holds the old one, or the old one could not be shut out yet; both open the journal.",
  "audit-unavailable": "The audit log cannot be written, so nothing may be changed.",
  "disk-full": "There is no room left where keyturn must write before it may change anything.",
  // requests
  "overlap-open": "The secret is in a run, or its previous version is still alive.",
  "outside-window": "The policy's window is closed now.",
  "not-together": "The secret must not rotate in the same window as another one, which does.",
  overdue: "What was due has not been rotated for a day, or, with a window, for a week.",
  "held-back": "The last run failed; the next try is later.",
  "locked-by-operator": "The secret waits for an operator.",
  "nothing-to-resolve": "The secret does not wait for an operator, or that version is not one of the two.",
  "nothing-to-roll-back": "There is no version left that the secret could go back to.",
  "nothing-to-retire": "The secret has no previous version that could be retired.",
  "value-needed": "The secret is due, and only a person can give its new value.",
  "value-known": "The value that was given is one that the secret has or had already.",
  "value-unused":
    "A value that was given did not come into use; keyturn does not keep it, and it may be live.",
  "revoke-by-hand": "The previous version is to be revoked by a person, where keyturn cannot.",
  "allow-gap-required": "This kind of credential has no overlap, and the policy does not allow a gap.",
  "dependency-failed": "A secret that this one depends on was not rotated.",
  "probe-required": "This kind of credential cannot be verified by itself, and no probe is configured.",
  // far sides
  unreachable: "The other side could not be reached.",
  timeout: "The other side did not answer in time.",
  "lost-answer": "The connection broke after the request was sent; whether it took effect is not known.",
  throttled: "The other side asks to slow down.",
  "server-error": "The other side reported a fault of its own.",
  "write-conflict": "The other side was busy with another change to the same object.",
  "unexpected-answer": "The other side answered something that makes no sense here.",
  aborted: "The call was cancelled.",
  "tls-untrusted": "The other side's certificate is not trusted.",
  // issuers
  "admin-credential-refused": "keyturn's own sign-in was refused.",
  "admin-credential-expired": "keyturn's own credential has expired.",
  "permission-denied": "keyturn is signed in, but may not do this.",
  "application-not-found": "There is no such application in this tenant, or keyturn may not see it.",
  "lifetime-forbidden": "The tenant's policy forbids a credential of that lifetime.",
  "too-many-credentials": "The application holds as many credentials as it may.",
  "role-not-found": "There is no such role in the database server.",
  "role-in-use": "The role has a password that is not keyturn's to replace.",
  "rights-not-carried": "What one role may do could not be given to the one that takes its turn.",
  "not-settled": "The new credential is not accepted yet.",
  "credential-refused": "The credential was refused when keyturn signed in with it.",
  "application-disabled": "The application may not sign in at all, whatever its credential.",
  "adoption-unknown": "A credential that `adopt` names is not one that the issuer lists.",
  "adoption-own": "A credential that `adopt` names was made by keyturn.",
  "adoption-refused": "What a consumer holds was refused when keyturn signed in with it to take it over.",
  // targets
  "store-conflict": "Something else has the name that this version needs.",
  "copy-in-use": "The version's copy cannot be removed while something uses it.",
  "copy-missing": "The store does not hold the version's copy.",
  "secret-too-large": "The content is larger than the store takes.",
  "template-invalid": "The content template names a part that this version does not have.",
  "service-not-found": "A service that is named in the configuration does not exist.",
  "service-unsupported": "A service of this kind cannot be switched without side effects.",
  "not-a-manager": "This Docker engine is not a swarm manager.",
  "not-converged": "The service did not converge in time.",
  "rolled-back-by-swarm": "The service was rolled back, by swarm or by hand.",
  "not-in-use": "The consumer does not use the version that it should.",
  "file-refused": "The file could not be written as configured.",
  // reloads and probes
  "reload-failed": "The reload did not work.",
  "process-not-running": "The process that should read the file again does not run.",
  "probe-failed": "The probe did not see what it should.",
  // lockdown
  "locked-down": "The secret is part of a lockdown that is not lifted.",
  "not-contained": "Something that a lockdown should hold still could not be.",
  "lift-refused": "What a lockdown changed was changed by somebody else since, so it is not put back.",
  "evidence-incomplete": "Evidence could not be collected, or is not what was collected.",
  "not-notified": "A notification could not be delivered.",
  // certificates
  "certificate-malformed": "A certificate or a revocation list is not well-formed.",
  "certificate-finding": "A scan found something wrong with a certificate that was not there before.",
  "unknown-scan": "No scan of that name is configured.",
  "certificate-unreadable": "A file in which certificates are looked for could not be read, or holds none.",
  "certificate-locked": "A PKCS#12 file was not opened: its password is missing or another one.",
  "certificate-incomplete":
    "The files of a certificate do not belong together yet: a part is missing, half-written or of another key.",
  "certificate-refused": "A certificate fails a check that it must pass before it is deployed.",
  "renewal-missing": "The certificate is due, and whoever renews it has not done so.",
  // saga
  "undo-failed": "A step could not be undone.",
  "in-use-unexpectedly": "A credential that should be swept is used by a consumer.",
  "secret-unconfigured":
    "The journal has work for a secret, a store or a consumer that the configuration no longer has.",
  internal: "A fault in keyturn itself.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface RotationErrorOptions {
  readonly kind: ErrorKind;
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly hint?: string;
  /** How long the other side asks to wait. */
  readonly retryAfterMs?: number;
  readonly step?: StepKey;
  readonly subject?: string;
  readonly cause?: unknown;
}

/** The one error class of keyturn. No field may hold secret material. */
export class RotationError extends Error {
  override readonly name = "RotationError";
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | null;
  readonly retryAfterMs: number | null;
  readonly step: StepKey | null;
  readonly subject: string | null;

  constructor(code: ErrorCode, options: RotationErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = options.kind;
    this.hint = options.hint ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.step = options.step ?? null;
    this.subject = options.subject ?? null;
  }
}

/** An error as it stands in the journal and in `--json`. */
export interface RecordedError {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint: string | null;
}

/** Anything thrown, as a `RotationError`: what is not one is a fault of ours, told without its text (it may quote a secret). */
export function asRotationError(thrown: unknown): RotationError {
  if (thrown instanceof RotationError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const code =
    thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? ` (${thrown.code})` : "";
  return new RotationError("internal", {
    kind: "outcome-unknown",
    message: `unexpected ${name}${code}`,
    hint: "This is a fault in keyturn; report it with the output of `keyturn show`.",
    cause: thrown,
  });
}

export function recordError(error: RotationError): RecordedError {
  return { code: error.code, kind: error.kind, message: error.message, hint: error.hint };
}

/** What another process or the journal recorded, as an error again. */
export function reviveError({ code, kind, message, hint }: RecordedError): RotationError {
  return new RotationError(code, { kind, message, ...(hint === null ? {} : { hint }) });
}
