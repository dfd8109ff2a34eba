/** What happens beside the secret: a site's certificate is renewed by somebody else, and its visitors go on coming. */
import { systemClock } from "../../domain/system-clock.ts";
import { checkEnd, type Problems } from "./checks.ts";
import type { Show } from "./show.ts";
import { CERTIFICATE } from "./write-config.ts";

/** A little more than the overlap. */
const REST_MS = 5_500;
const SEEN_WITHIN_MS = 500;

export async function replaceCertificate(show: Show): Promise<Problems> {
  return show.aside(async () => {
    const problems = checkEnd(await takeOver(show), { outcome: "rotated", exitCode: 0, version: 1 });
    if (problems.length > 0) return problems;
    await show.wait(REST_MS, "until its overlap is over");
    return show.isStopping() ? [] : deployRenewed(show);
  });
}

/** One more in a show without end, which tells what went wrong and goes on. */
export async function renewOnceMore(show: Show, isFirst: boolean): Promise<void> {
  await show.aside(async () => {
    if (isFirst) await takeOver(show);
    else await renew(show);
  });
}

async function takeOver(show: Show): ReturnType<Show["keyturn"]> {
  show.say("", "beside it a certificate: keyturn takes over what was copied by hand", "cyan");
  return show.keyturn(["rotate", "--now", CERTIFICATE]);
}

async function deployRenewed(show: Show): Promise<Problems> {
  const { renewed, finished } = await renew(show);
  const wrong = checkEnd(finished, { outcome: "rotated", exitCode: 0, version: 2 });
  await systemClock.sleep(SEEN_WITHIN_MS, show.stop).catch(() => undefined);
  if (wrong.length > 0 || show.world.site.visitors.lastSeen === renewed) return wrong;
  return ["the site's visitors do not see the new certificate"];
}

async function renew(show: Show) {
  const renewed = show.world.site.renew();
  show.say(
    "",
    "somebody else renews the certificate; a worker notices, checks, deploys and proves it",
    "cyan",
  );
  return { renewed, finished: await show.keyturn(["rotate", CERTIFICATE]) };
}
