/** The certificate of the application's page, beside its secret: somebody else renews it, keyturn brings it into use. */
import { systemClock } from "../../domain/system-clock.ts";
import { checkEnd, checkVisits, type Problems } from "./checks.ts";
import { Narrator } from "./narrator.ts";
import type { Show } from "./show.ts";
import { CERTIFICATE } from "./write-config.ts";

const LOOK_MS = 20;
/** More than the issuer's `quiet`. */
const QUIET_MS = 1_200;

/** The page's certificate was put there by hand; from here on it is keyturn's to deploy. */
export async function takeOverCertificate(show: Show): Promise<Problems> {
  const finished = await onItsOwn(show, () => show.keyturn(["rotate", "--now", CERTIFICATE]));
  return checkEnd(finished, { outcome: "rotated", exitCode: 0, version: 1 }, CERTIFICATE);
}

export async function renewAndDeploy(show: Show): Promise<Problems> {
  if (show.isStopping()) return [];
  const renewed = show.world.renewCertificate();
  show.say("renewal", "a new certificate for the application's page lies in the folder");
  await show.wait(QUIET_MS, "until nobody writes there any more");
  const finished = await onItsOwn(show, () => show.keyturn(["rotate", CERTIFICATE]));
  if (show.isStopping()) return [];
  const { visitors } = show.world;
  await visited(show);
  const { tried, failed } = visitors.visits;
  show.say("visitors", `${tried} handshakes with the page so far, ${failed} failed`);
  return [
    ...(finished.exitCode === 0 ? [] : [`keyturn did not deploy it: ${finished.stderr.trim()}`]),
    ...checkVisits(visitors.visits, renewed),
  ];
}

/** Its steps are told and not mixed with those of the secret. */
async function onItsOwn<T>(show: Show, play: () => Promise<T>): Promise<T> {
  const { narrator } = show;
  show.narrator = new Narrator(show.screen);
  try {
    return await play();
  } finally {
    show.narrator = narrator;
  }
}

/** Until somebody has come who may see what is served now: the one under way may have begun before. */
async function visited(show: Show): Promise<void> {
  const { visitors } = show.world;
  const from = visitors.visits.tried;
  while (visitors.visits.tried < from + 2 && !show.isStopping()) {
    await systemClock.sleep(LOOK_MS, show.stop).catch(() => undefined);
  }
}
