/** The sample application as a consumer: a process that reads a file, reloads on SIGHUP and signs in all the time. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApplication } from "../../../src/sandbox/app/start-application.ts";
import type { ConsumerSide, Ground } from "./world.ts";

const PAUSE_MS = 100;

export async function startFileConsumer(ground: Ground): Promise<ConsumerSide> {
  const { folder, entra, app, handMade, clock } = ground;
  const secretFile = join(folder, "secrets", "azure_secret");
  const pidFile = join(folder, "app.pid");
  mkdirSync(join(folder, "secrets"), { mode: 0o700 });
  writeFileSync(secretFile, handMade, { mode: 0o600 });
  const application = await startApplication({
    tokenUrl: `${entra.origin}/${entra.tenant}/oauth2/v2.0/token`,
    clientId: app.appId,
    caFile: join(folder, "ca.pem"),
    secretFile,
    pidFile,
    tlsFolder: null,
    pauseMs: PAUSE_MS,
  });
  // It holds what it has signed in with.
  while (application.counts.version === null) await new Promise((resolve) => setTimeout(resolve, 10));
  return {
    connections: {},
    targets: [
      {
        kind: "file",
        path: secretFile,
        reload: [{ kind: "signal", pidFile, signal: "SIGHUP" }],
      },
    ],
    probes: [
      {
        kind: "http",
        url: application.healthUrl,
        json: { "/secretVersion": "{version}" },
        within: "3s",
        every: "100ms",
      },
    ],
    secretsFolder: join(folder, "secrets"),
    signIns: () => application.counts,
    heldVersions: () => [application.counts.version ?? -1],
    refuseNewVersions: () => application.ignoreNewerVersions(),
    // A pid file older than its process belongs to another one: its time moves along.
    timePassed: () => utimesSync(pidFile, clock.now() / 1000, clock.now() / 1000),
    close: () => application.stop(),
  };
}
