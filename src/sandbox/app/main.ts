/**
 * The sample application, a process of its own: signs in several times a second with the secret in its file, has a page with a
 * certificate, reads both again on SIGHUP, and tells on /healthz with which version it last signed in. Its settings are its one
 * argument.
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../domain/system-clock.ts";
import { readSecret, type HeldSecret } from "./held-secret.ts";
import type { ApplicationSettings, Counts, FromApplication, ToApplication } from "./messages.ts";
import { openPage } from "./page.ts";
import { signIn, type Verdict } from "./sign-in.ts";

const REPEATS = 4;
const REPEAT_AFTER_MS = 200;

const settings = JSON.parse(process.argv[2] ?? "{}") as ApplicationSettings;
const agent = new Agent({ ca: readFileSync(settings.caFile), keepAlive: true, maxSockets: 1 });
const stop = new AbortController();
let held: HeldSecret = readSecret(settings.secretFile);
let ignoreNewer = false;
let counts: Counts = { tried: 0, failed: 0, interrupted: 0, version: null };

const page = settings.tlsFolder === null ? null : await openPage(settings.tlsFolder);

process.on("SIGHUP", () => {
  page?.reload();
  const found = readSecret(settings.secretFile);
  if (!ignoreNewer || found.version <= held.version) held = found;
});
// Ctrl-C reaches the whole group of processes; when the application ends is the sandbox's decision.
process.on("SIGINT", () => {});
process.on("message", (message: ToApplication) => {
  if (message.type === "ignore-newer") ignoreNewer = true;
  else stop.abort();
});
process.on("disconnect", () => stop.abort());

const health = createServer((request, response) => {
  const found = request.url === "/healthz";
  const body = JSON.stringify({ secretVersion: counts.version, signIns: counts });
  response.writeHead(found ? 200 : 404, { "content-type": "application/json" }).end(found ? body : "{}");
});
health.listen(0, "127.0.0.1");
await once(health, "listening");
writeFileSync(settings.pidFile, `${process.pid}\n`);

tell({ type: "ready", healthPort: (health.address() as AddressInfo).port, pagePort: page?.port ?? null });
while (!stop.signal.aborted) {
  await signInOnce();
  tell({ type: "counts", counts });
  await pause(settings.pauseMs);
}
agent.destroy();
page?.close();
health.close();
health.closeAllConnections();
if (process.connected) process.disconnect();

async function signInOnce(): Promise<void> {
  const { version, text } = held;
  let interrupted = 0;
  let verdict = await attempt(text);
  while (verdict === "interrupted" && interrupted < REPEATS) {
    interrupted += 1;
    await systemClock.sleep(REPEAT_AFTER_MS, AbortSignal.any([]));
    verdict = await attempt(text);
  }
  const accepted = verdict === "accepted";
  counts = {
    tried: counts.tried + 1,
    failed: counts.failed + (accepted ? 0 : 1),
    interrupted: counts.interrupted + interrupted,
    version: accepted ? version : counts.version,
  };
}

function attempt(secret: string): Promise<Verdict> {
  const { tokenUrl, clientId } = settings;
  return signIn({ tokenUrl, clientId, secret, agent });
}

async function pause(ms: number): Promise<void> {
  await systemClock.sleep(ms, stop.signal).catch(() => undefined);
}

function tell(message: FromApplication): void {
  if (process.connected) process.send?.(message);
}
