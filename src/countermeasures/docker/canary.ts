/** A service of keyturn's own, to be contained in earnest: everything that a lockdown does to others is done to it. */
import { CANARY_IMAGE, importCanary } from "./canary-image.ts";
import type { DockerSite } from "./docker-site.ts";
import { RotationError } from "../../domain/errors.ts";

const LOOK_EVERY_MS = 100;
const STARTS_WITHIN_MS = 30_000;
const IMAGES_GO_WITHIN_MS = 10_000;

/** Resolves once it runs on the manager's own node. */
export async function startCanary(site: DockerSite, name: string, signal: AbortSignal): Promise<void> {
  const image = await importCanary(site.manager, signal);
  const info = { method: "GET", path: "/info", what: "read what the engine is" } as const;
  const { Swarm: swarm } = ((await site.manager.call(info, signal)) ?? {}) as {
    readonly Swarm?: { readonly NodeID?: string };
  };
  const spec = {
    Name: name,
    TaskTemplate: {
      ContainerSpec: { Image: image, Command: ["/canary"], Env: ["KEYTURN_DRILL=allowed"] },
      Placement: { Constraints: [`node.id==${swarm?.NodeID ?? ""}`] },
    },
    Mode: { Replicated: { Replicas: 1 } },
  };
  await site.manager.call(
    { method: "POST", path: "/services/create", body: spec, what: "create the canary's service" },
    signal,
  );
  const startedMs = site.clock.monotonicMs();
  for (;;) {
    const { found } = await site.look(signal);
    if (found.some(({ service }) => service === name)) return;
    if (site.clock.monotonicMs() - startedMs > STARTS_WITHIN_MS) throw notStarted(name);
    await site.clock.sleep(LOOK_EVERY_MS, signal);
  }
}

export async function removeCanary(site: DockerSite, name: string, signal: AbortSignal): Promise<void> {
  await site.killAll(name, signal).catch(() => undefined);
  const order = { method: "DELETE", path: `/services/${name}`, what: "remove the canary's service" } as const;
  await site.manager.call(order, signal);
  const startedMs = site.clock.monotonicMs();
  while (!(await isDone(removeImages(site, name, signal)))) {
    // What was killed holds its image until the engine has seen its end.
    if (signal.aborted || site.clock.monotonicMs() - startedMs > IMAGES_GO_WITHIN_MS) return;
    await site.clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** What was committed from it, and what it was made of: nothing is to be left of a drill. */
async function removeImages(site: DockerSite, name: string, signal: AbortSignal): Promise<void> {
  const filters = JSON.stringify({ reference: [`keyturn-evidence:${name}*`, CANARY_IMAGE] });
  const list = { method: "GET", path: "/images/json", query: { filters }, what: "list the images" } as const;
  const images = (await site.manager.call(list, signal)) as readonly { readonly Id: string }[];
  for (const { Id } of images) {
    const order = { method: "DELETE", path: `/images/${Id}`, query: { force: true } } as const;
    await site.manager.call({ ...order, what: "remove an image of the canary" }, signal);
  }
}

function notStarted(name: string): RotationError {
  return new RotationError("not-converged", {
    kind: "rejected",
    message: `the canary did not start within ${STARTS_WITHIN_MS / 1000} s`,
    hint: `See docker service ps --no-trunc ${name}.`,
  });
}
