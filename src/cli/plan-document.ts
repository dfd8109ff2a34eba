/** A forecast as `plan --json` tells it. */
import { isoOrNull } from "../domain/time.ts";
import type { Forecast, ForeseenRun } from "../run/forecast.ts";
import { credentialRow } from "../plan/credential-row.ts";
import { errorRow } from "./output/print-error.ts";

/** What is refused stands among the runs, as a run of its own that would not begin. */
export function planDocument({ runs, refused, notDue, retired, adopted, recovered }: Forecast): object {
  return {
    runs: [...runs.map(runDocument), ...refused.map(refusedDocument)],
    notDue: notDue.map(({ secret, dueAt, wait }) => ({
      name: secret,
      dueAt: isoOrNull(dueAt),
      ...(wait === undefined ? {} : { waitsFor: wait.waitsFor }),
    })),
    retired: retired.map(({ secret, version, retireAt }) => ({
      name: secret,
      version,
      retireAt: isoOrNull(retireAt),
    })),
    adopted: adopted.map(({ secret, credentials, refused: not, retireAt }) => ({
      name: secret,
      credentials: credentials.map(credentialRow),
      refused: not,
      retireAt: isoOrNull(retireAt),
    })),
    recovered,
  };
}

function runDocument({ secrets, consumers, opensAt, windowIgnored, warnings }: ForeseenRun): object {
  return {
    secrets: secrets.map((secret) => ({
      name: secret.secret,
      reason: secret.reason,
      dueAt: isoOrNull(secret.dueAt),
      fromVersion: secret.from,
      toVersion: secret.to,
      overlapMs: secret.overlapMs,
      retiresFirst: secret.retiresFirst,
      ...(secret.standsFor === null ? {} : { standsFor: secret.standsFor }),
      foreign: secret.foreign.length,
      foreignCredentials: secret.foreign.map(credentialRow),
    })),
    consumers: consumers.map(({ id, restarts, tasks = null, secrets: names }) => ({
      id,
      restarts,
      tasks,
      secrets: names,
    })),
    windowOpensAt: isoOrNull(opensAt),
    windowIgnored,
    warnings,
  };
}

function refusedDocument({ secret, reason, dueAt, from, error }: Forecast["refused"][number]): object {
  return {
    secrets: [{ name: secret, reason, dueAt: isoOrNull(dueAt), fromVersion: from }],
    consumers: [],
    refused: errorRow(error),
  };
}
