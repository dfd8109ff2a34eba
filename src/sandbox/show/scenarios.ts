/** The stories of `--once`: each begins with v1 in use, and says what was not as it should be. */
import { systemClock } from "../../domain/system-clock.ts";
import type { Failure } from "../options.ts";
import { renewAndDeploy, takeOverCertificate } from "./certificate.ts";
import { checkEnd, checkRest, type Problems } from "./checks.ts";
import { runEnded, type Command, type Finished, type Told } from "./keyturn.ts";
import { Narrator } from "./narrator.ts";
import type { Show } from "./show.ts";
import { SECRET } from "./write-config.ts";

/** Reads that fail several times in a row make keyturn refuse before it begins: one time in a hundred, here. */
const TRIES = 3;
/** Above anything that a person would wait for. */
const NEVER_MS = 1e9;
/** How long a stray may take to be found: reads lag, and a worker looks at most every 15 s. */
const STRAYS_MS = 70_000;

export async function play(show: Show, failure: Failure | null): Promise<Problems> {
  const problems = await takeOver(show);
  if (problems.length > 0 || show.isStopping()) return problems;
  show.narrator = new Narrator(show.screen);
  switch (failure) {
    case null:
      return rotateAndRetire(show);
    case "verify":
      return failVerify(show);
    case "confirm":
      return failConfirm(show);
    case "crash":
      return crash(show);
  }
}

/** keyturn's first rotation of a secret leaves alone what was there before. */
export async function takeOver(show: Show): Promise<Problems> {
  show.say("", "first keyturn takes over: v1 comes in place of a secret made by hand", "cyan");
  return checkEnd(await rotate(show), { outcome: "rotated", exitCode: 0, version: 1 });
}

async function rotateAndRetire(show: Show): Promise<Problems> {
  const taken = await takeOverCertificate(show);
  if (taken.length > 0) return taken;
  show.say("", "then the rotation: v2 comes, and v1 is revoked when its overlap is over", "cyan");
  const finished = await rotate(show);
  const problems = checkEnd(finished, { outcome: "rotated", exitCode: 0, version: 2 });
  if (problems.length > 0) return problems;
  show.say("", "meanwhile somebody renews the certificate of the application's page", "cyan");
  const wrong = await renewAndDeploy(show);
  return wrong.length > 0 ? wrong : retire(show, finished, 2);
}

async function failVerify(show: Show): Promise<Problems> {
  show.say("", "then a rotation whose new secret Entra never accepts", "cyan");
  show.world.entra.replication.signIn = [NEVER_MS, NEVER_MS];
  const finished = await rotate(show);
  const end = { outcome: "rolled-back", exitCode: 1, version: 1, errorCode: "credential-refused" } as const;
  return [...checkEnd(finished, end), ...(await rest(show, 1))];
}

async function failConfirm(show: Show): Promise<Problems> {
  show.say("", "then a rotation whose new secret the application does not take", "cyan");
  show.world.application.ignoreNewerVersions();
  const finished = await rotate(show);
  const end = { outcome: "rolled-back", exitCode: 1, version: 1, errorCode: "probe-failed" } as const;
  return [...checkEnd(finished, end), ...(await rest(show, 1))];
}

async function crash(show: Show): Promise<Problems> {
  show.say("", "then keyturn dies: the secret is made, the answer still on its way", "cyan");
  show.world.entra.faults.plan("add", { kind: "hang", applied: true });
  const killed = await rotate(show, killOnceMade(show));
  if (killed.exitCode !== null) return [`keyturn should have been killed, and ended with ${killed.exitCode}`];
  const finished = await show.keyturn(["recover"]);
  const problems = checkEnd(finished, { outcome: "rotated", exitCode: 0, version: 2 });
  if (problems.length > 0) return problems;
  return retire(show, finished, 2);
}

/** Refused, nothing was changed: the operator asks again. */
async function rotate(show: Show, observe?: (told: Told, command: Command) => void): Promise<Finished> {
  let finished = await show.keyturn(["rotate", "--now", SECRET], observe);
  for (let left = TRIES - 1; left > 0 && runEnded(finished, SECRET)?.outcome === "refused"; left -= 1) {
    finished = await show.keyturn(["rotate", "--now", SECRET], observe);
  }
  return finished;
}

/** Kills keyturn when the stand-in holds one secret more than when its create began. */
function killOnceMade(show: Show): (told: Told, command: Command) => void {
  const before = show.world.live().marked.length;
  let begun = false;
  return (told, command) => {
    if (begun || told.type !== "step" || told.name !== "create") return;
    begun = true;
    void untilMade(show, before).then(() => {
      command.kill("SIGKILL");
      show.say("", "kill -9: Entra holds a secret now that nobody knows of", "red");
    });
  };
}

async function untilMade(show: Show, before: number): Promise<void> {
  while (show.world.live().marked.length === before && !show.isStopping()) {
    await systemClock.sleep(5, show.stop).catch(() => undefined);
  }
}

/** Waits for the end of the overlap; the next worker then revokes the previous version. */
async function retire(show: Show, finished: Finished, version: number): Promise<Problems> {
  const retireAt = runEnded(finished, SECRET)?.retireAt ?? null;
  if (retireAt === null) return ["keyturn told no end of the overlap"];
  await show.wait(untilMs(retireAt), `v${version - 1} keeps working until its overlap is over`);
  if (show.isStopping()) return [];
  await show.keyturn(["rotate"]);
  return rest(show, version);
}

/** Goes on as a timer would while Entra holds more than it should: a fault came in between, or reads did not show it yet. */
async function rest(show: Show, version: number): Promise<Problems> {
  const until = systemClock.monotonicMs() + STRAYS_MS;
  while (!show.isStopping()) {
    const { told } = await show.keyturn(["recover"]);
    const strays = show.world.live().marked.length - 1;
    if (strays <= 0 || systemClock.monotonicMs() > until) break;
    const nextAt = told.find((each) => each.type === "recovered")?.nextAt ?? null;
    const waitMs = nextAt === null ? 1_000 : Math.max(1_000, untilMs(nextAt));
    await show.wait(waitMs, "Entra holds a secret too many; the next worker looks after it");
  }
  return checkRest(show, version);
}

function untilMs(at: string): number {
  return Date.parse(at) - systemClock.now() + 100;
}
