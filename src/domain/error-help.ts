import type { ErrorCode } from "./errors.ts";

/**
 * What to do about each code when all that is known is the code; an error that occurs brings a hint of its own, which
 * knows more. `docs/errors.md` is held equal to this table by a test.
 */
export const ERROR_HELP: Readonly<Record<ErrorCode, string>> = {
  // configuration and usage
  "config-not-found":
    "Give the right file with `--config` or `$KEYTURN_CONFIG`, or write one with `keyturn init`; the user who runs keyturn must be able to read it.",
  "config-invalid": "Mend what is listed; `keyturn config check` shows everything at once.",
  usage: "See `keyturn help` of the command.",
  "seal-key-invalid":
    "Put the right key back, mode 0600 or 0400. A new key does not open what the old one sealed.",
  "file-exists": "Choose another folder, or move the file away.",
  "unknown-secret": "`keyturn status` lists the secrets.",
  "unknown-run": "`keyturn history` lists the runs.",
  // journal, lease, audit
  "lease-held": "Wait for the other process, or give `--wait`.",
  "lease-lost": "Nothing: the process that holds the lease now goes on with the work.",
  "journal-unavailable":
    "Look at the state folder: it must exist, belong to the user who runs keyturn, be writable by nobody else, and its disk must work.",
  "journal-corrupt":
    "Stop keyturn and restore the state folder from a back-up; find out who wrote to it. Do not delete it: it knows what is alive.",
  "journal-newer": "Use the newer keyturn that wrote it; an older one cannot go back.",
  "backup-failed":
    "Make room where the copy is to be, and let the user who runs keyturn write there; the journal itself was not touched.",
  "sealed-erased":
    "The version cannot be brought back. `keyturn rotate --now` of the secret makes a new one.",
  "sealed-unreadable":
    "Put the seal key back with which the material was sealed. Without it, `keyturn rotate --now` makes a new version.",
  "rekey-unfinished":
    "Put the new key in place of the old one, then run `keyturn recover`, or restart the service that reads it as a credential.",
  "audit-unavailable":
    "Make the audit folder writable and make room there. What has begun can be undone meanwhile.",
  "disk-full": "Make room in the named folder; then `keyturn recover` goes on.",
  // requests
  "overlap-open":
    "Wait for the overlap to end; `keyturn status` says when. If nothing uses the old version any more, `--revoke-now` revokes it first.",
  "outside-window": "Wait for the window, or give `--outside-window`.",
  "not-together":
    "Wait until the named instant: `keyturn rotate` then does it by itself. In an emergency, `--revoke-now` does not wait for the other one.",
  overdue:
    "`keyturn show` of its last run says what stands in the way; `keyturn plan` of the secret says whether anything would be refused now.",
  "held-back":
    "Mend what made the last run fail (`keyturn show` of it); then `keyturn rotate --now` tries at once.",
  "locked-by-operator":
    "Look at the run with `keyturn show`, bring every consumer to one version, then end it with `keyturn resolve`.",
  "nothing-to-resolve":
    "`keyturn status` says whether a secret waits for an operator; `keyturn show` names both versions.",
  "nothing-to-roll-back":
    "The previous version is gone, or there never was one: `keyturn rotate --now` makes a new one instead.",
  "nothing-to-retire": "Nothing: `keyturn status` shows which secrets have a previous version.",
  "value-needed":
    "Make a new value where the instructions say, and give it: `keyturn rotate SECRET --value-stdin`.",
  "value-known": "Make a new value at its vendor; the current one is in use already.",
  "value-unused":
    "Mend the cause and give it again with `keyturn rotate SECRET --value-stdin`, or revoke it at its vendor.",
  "revoke-by-hand":
    "Revoke it where the instructions say; then `keyturn retire SECRET --done` tells keyturn that it is gone.",
  "allow-gap-required":
    "Set `allowGap: true` in the policy if consumers can bear that neither version works for a moment.",
  "dependency-failed": "Mend the secret that this one depends on, then rotate both.",
  "probe-required": "Configure a probe that fails when the value is wrong.",
  // far sides
  unreachable: "Check address, name resolution, network and proxy from the machine that runs keyturn.",
  timeout: "See whether the other side is overloaded, then try again.",
  "lost-answer":
    "Nothing: keyturn looks whether it took effect before anything is repeated. If the process ended, `keyturn recover` does so.",
  throttled:
    "Wait; keyturn obeys the delay that it was told. Rotate fewer secrets at once if it comes often.",
  "server-error": "Wait and try again; see the other side's own status page or log if it lasts.",
  "write-conflict": "Nothing: it is tried again. If it lasts, find out what else keeps changing the object.",
  "unexpected-answer":
    "See whether the address leads to the right service, and not to a proxy's or a portal's page.",
  aborted: "Nothing is lost: `keyturn recover` goes on.",
  "tls-untrusted":
    "Give the certificate authority with `caFile` of the connection, or mend the other side's certificate.",
  // issuers
  "admin-credential-refused":
    "Check tenant, client id and credential of the connection; the file must hold the secret itself, not its id.",
  "admin-credential-expired": "Make a new credential for keyturn's own application and put it into the file.",
  "permission-denied": "Grant keyturn the permission that the message names, with administrator consent.",
  "application-not-found":
    "Check the id (the application's, not the service principal's), the tenant, and that keyturn owns the application.",
  "lifetime-forbidden": "Ask for less with `validFor`, or have the tenant's policy changed.",
  "too-many-credentials": "Remove credentials that nobody needs; keyturn only removes its own.",
  "role-not-found": "Make the role, or correct the issuer's `role` or `roles`.",
  "role-in-use": "Name the role in `adopt` if nobody else rotates its password; else choose another role.",
  "rights-not-carried":
    "Do what the message names by hand; a role that owns and is granted everything, of which both are members, needs no carrying.",
  "not-settled":
    "Nothing: it is tried again until `settle` has passed. Raise `settle` if the issuer often takes longer.",
  "credential-refused":
    "Nothing uses the version: it is revoked. Check the application and the tenant, then rotate again.",
  "application-disabled":
    "Enable its service principal in Entra; a lockdown that disabled it does so when it is lifted.",
  "adoption-unknown":
    "Correct `adopt`, or take out of it what is gone; `keyturn adopt --discover` lists what is there.",
  "adoption-own": "Take it out of `adopt`: keyturn retires what it made by itself.",
  "adoption-refused":
    "Look at what stands in the target's file; `keyturn rotate --now` of the secret replaces it.",
  // targets
  "store-conflict": "Rename or remove what has the name, if nobody uses it; keyturn never overwrites it.",
  "copy-in-use": "Nothing: the copy goes once nothing uses it. `keyturn recover` looks again.",
  "copy-missing": "Find out who removed it; `keyturn rotate --now` makes and delivers a new version.",
  "secret-too-large": "Shorten the content template, or choose a store that takes more.",
  "template-invalid": "Name only parts that the issuer's kind has, such as `{value}`.",
  "service-not-found": "Correct `services:`, or deploy the service.",
  "service-unsupported":
    "Take the service out of `services:` and switch it by hand, or change how it is deployed.",
  "not-a-manager": "Connect to a manager of the swarm.",
  "not-converged":
    "See `docker service ps` of the service; raise `converge` if it is merely slow. It was put back to what it used before.",
  "rolled-back-by-swarm":
    "See why its tasks failed with `docker service ps --no-trunc`, mend it, and rotate again.",
  "not-in-use": "Bring the consumer to the current version; `keyturn show` of the run names it.",
  "file-refused": "Check path, owner and mode of the folder, and the rights of the user who runs keyturn.",
  // reloads and probes
  "reload-failed": "Try the reload by hand as the user who runs keyturn.",
  "process-not-running": "Start it, or correct `pidFile`.",
  "probe-failed":
    "Look at what the probe saw, at the application's log, and at `within`: the time that it is given.",
  // lockdown
  "locked-down": "`keyturn lockdown status` tells which one; `keyturn lockdown lift` ends it.",
  "not-contained": "Stop it by hand, then run `keyturn lockdown start` again.",
  "lift-refused":
    "Put back what the lockdown made, or what was there before it; then `keyturn lockdown lift` goes on.",
  "evidence-incomplete":
    "Look at what is missing in the folder's manifest; `keyturn lockdown start` again collects what can be had.",
  "not-notified": "Tell them yourself; check the channel under `notify` in keyturn.yaml.",
  // certificates
  "certificate-malformed":
    "Look at the named field; a file that was cut short or edited looks like this. Otherwise ask whoever issued it for a well-formed one.",
  "certificate-finding":
    "`keyturn cert check` of the target says which certificate it is and what mends it; it is over when a scan does not find it any more.",
  "unknown-scan": "Name one of those below `scans` in the schedules.",
  "certificate-unreadable": "Check the path, and that the user who runs keyturn may read the file.",
  "certificate-locked": "Put the password into a file of its own and give it with `--password-file`.",
  "certificate-incomplete":
    "Nothing while it is being renewed: it is looked at again. If it lasts, see why the renewal stopped half-way.",
  "certificate-refused":
    "Have it issued again as the message says. What is deployed stays; `accept` of the issuer allows what is meant to become less.",
  "renewal-missing": "See why it was not renewed: the log of certbot, or whoever puts the files there.",
  // saga
  "undo-failed":
    "Both versions are alive, so nothing is cut off. Mend the cause; `keyturn recover` tries again, or `keyturn resolve` ends it.",
  "in-use-unexpectedly":
    "Was the state folder restored from a back-up? Bring the consumer to the current version, or keep what it uses with `keyturn resolve`.",
  "secret-unconfigured":
    "Put it back into the configuration until its runs are over and its versions retired.",
  internal: "Report it with the output of `keyturn show`; nothing was done blindly.",
};
