/** Signs in all the time with what the running containers of a service read from their mount: I1, seen from inside. */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { signIn } from "../../../src/sandbox/app/sign-in.ts";
import type { Ground } from "../../e2e/world/world.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";
import { lines } from "./sample-service.ts";

const PAUSE_MS = 250;

export interface SignInWatch {
  readonly counts: { readonly tried: number; readonly failed: number };
  stop(): Promise<void>;
}

export interface Watched {
  readonly service: string;
  readonly mount: string;
}

export function watchSignIns(swarm: RealSwarm, ground: Ground, { service, mount }: Watched): SignInWatch {
  const { entra, folder, app } = ground;
  const agent = new Agent({ ca: readFileSync(join(folder, "ca.pem")), keepAlive: true });
  const order = { tokenUrl: `${entra.origin}/${entra.tenant}/oauth2/v2.0/token`, clientId: app.appId, agent };
  const over = new AbortController();
  const counts = { tried: 0, failed: 0 };

  async function signInFrom(container: string): Promise<void> {
    const secret = await swarm.docker(["exec", container, "cat", `/run/secrets/${mount}`]).catch(() => null);
    // The container has ended since it was listed, or ends at once because it will not run with such a secret.
    if (secret === null || over.signal.aborted) return;
    const verdict = await signIn({ ...order, secret });
    if (verdict === "interrupted") return;
    counts.tried += 1;
    if (verdict === "refused") counts.failed += 1;
  }

  async function watch(): Promise<void> {
    const ps = ["ps", "-q", "--filter", `label=com.docker.swarm.service.name=${service}`];
    while (!over.signal.aborted) {
      for (const container of lines(await swarm.docker(ps))) await signInFrom(container);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  const watching = watch();
  return {
    counts,
    async stop() {
      over.abort();
      await watching;
      agent.destroy();
    },
  };
}
