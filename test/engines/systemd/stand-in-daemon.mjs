/** Put in the place of a release's dist/main.js, the real one beside it: its `daemon` only speaks to systemd. */
import { readFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { setInterval } from "node:timers";

if (process.argv[2] === "daemon") daemon();
else await import(join(import.meta.dirname, "real-main.js"));

function daemon() {
  const { KEYTURN_NOTIFY_FD, WATCHDOG_USEC, CREDENTIALS_DIRECTORY, RUNTIME_DIRECTORY } = process.env;
  const notify = (text) => writeSync(Number(KEYTURN_NOTIFY_FD), text);
  const log = (priority, msg) => process.stdout.write(`<${priority}>${JSON.stringify({ msg })}\n`);
  readFileSync(join(CREDENTIALS_DIRECTORY, "seal.key"));
  createServer().listen(join(RUNTIME_DIRECTORY, "operator.sock"));
  createServer().listen(join(RUNTIME_DIRECTORY, "viewer.sock"), () => {
    notify("READY=1");
    log(6, "ready");
    setInterval(() => notify("WATCHDOG=1"), Number(WATCHDOG_USEC) / 4000);
  });
  process.on("SIGHUP", () => {
    notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    log(4, "reloaded");
    notify("READY=1");
  });
  process.on("SIGTERM", () => {
    notify("STOPPING=1");
    process.exit(0);
  });
}
