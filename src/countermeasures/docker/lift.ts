/** The way back: what a lockdown changed in a service or a container, and nothing else. */
import { STARTED_AGAIN } from "./restart.ts";
import { start, unpause } from "./container-calls.ts";
import { reconnect } from "./disconnect.ts";
import type { DockerSite } from "./docker-site.ts";
import type { Found } from "./found-containers.ts";
import { lifted, noteOf } from "./service-note.ts";
import { tooBusy } from "./scale.ts";
import type { Lift } from "../../domain/lockdown.ts";
import type { Json } from "../../domain/ports.ts";
import type { LockdownState } from "../../domain/state.ts";

const COLLISIONS_ALLOWED = 12;

export function liftService(site: DockerSite, name: string): Lift {
  return {
    subject: site.subject(`service ${name}`),
    async lift(of, signal) {
      for (let collisions = 0; collisions < COLLISIONS_ALLOWED; collisions += 1) {
        const service = await site.swarm.findService(name, signal);
        if (service === undefined) return { how: "there is no such service any more" };
        if (noteOf(service.Spec) === null) return release(site, name, of, signal);
        const spec = lifted(service.Spec);
        // What is still paused runs under denial; swarm starts it anew.
        await killPaused(site, name, signal);
        if ((await site.swarm.updateService(service, spec, signal)) === "updated") return { how: "put back" };
      }
      throw tooBusy(name);
    },
  };
}

export function liftContainer(site: DockerSite, name: string): Lift {
  return {
    subject: site.subject(`container ${name}`),
    async lift(of, signal) {
      const { found } = await site.look(signal);
      const running = found.find((each) => each.service === null && each.name === name);
      if (running !== undefined) return letGo(site, running, of, signal);
      const id = stoppedAs(of, site.subject(`container ${name}`));
      if (id === null) return { how: "did not run" };
      const state = { service: null, paused: false, connected: false };
      const container = { engine: site.manager, id, name, ...state };
      await putOnNetworks(site, container, of, signal);
      await start(container, signal);
      return { how: "started" };
    },
  };
}

/** Nothing in its spec was changed: its containers go on where they were held. */
async function release(
  site: DockerSite,
  name: string,
  of: LockdownState,
  signal: AbortSignal,
): Promise<Json> {
  const { found } = await site.look(signal);
  const mine = found.filter(({ service }) => service === name);
  await Promise.all(mine.map((each) => letGo(site, each, of, signal)));
  return { how: "let go", containers: mine.length };
}

async function letGo(
  site: DockerSite,
  container: Found,
  of: LockdownState,
  signal: AbortSignal,
): Promise<Json> {
  await putOnNetworks(site, container, of, signal);
  if (container.paused) await unpause(container, signal);
  return { how: container.paused ? "let go" : "ran already" };
}

async function putOnNetworks(
  site: DockerSite,
  container: Found,
  of: LockdownState,
  signal: AbortSignal,
): Promise<void> {
  const note = site.noteOf(container.id);
  const noted = await note.read();
  const facts = of.steps[`contain/${site.subject(`container ${container.name}`)}`]?.facts;
  const told = isDisconnected(facts) ? facts.networks : {};
  await reconnect(container, Object.keys(noted).length > 0 ? noted : told, signal);
  await note.remove();
}

async function killPaused(site: DockerSite, name: string, signal: AbortSignal): Promise<void> {
  const { found } = await site.look(signal);
  if (found.some(({ service, paused }) => service === name && paused)) await site.killAll(name, signal);
}

/**
 * The id of what the lockdown has stopped; null when it was started again, and somebody else has stopped it. A lockdown that
 * was killed may not have journaled that it stopped what it had held still.
 */
function stoppedAs({ steps }: LockdownState, subject: string): string | null {
  const [resumed, held] = [steps[`resume/${subject}`]?.facts, steps[`contain/${subject}`]?.facts];
  if (isStartedAgain(resumed)) return null;
  return idIn(resumed) ?? idIn(held);
}

function isStartedAgain(facts: Json | undefined): boolean {
  return typeof facts === "object" && facts !== null && "how" in facts && facts.how === STARTED_AGAIN;
}

function idIn(facts: Json | undefined): string | null {
  const has = typeof facts === "object" && facts !== null && "id" in facts;
  return has && typeof facts.id === "string" ? facts.id : null;
}

function isDisconnected(
  facts: Json | undefined,
): facts is { readonly how: "disconnected"; readonly networks: Json } {
  return typeof facts === "object" && facts !== null && "how" in facts && facts.how === "disconnected";
}
