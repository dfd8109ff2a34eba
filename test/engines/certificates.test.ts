/** Certificates that somebody else renews, brought to real servers under load. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { SECRET, startDeployment } from "./tls/deployment.ts";
import { startLoad } from "./tls/handshakes.ts";
import { serverKinds } from "./tls/server.ts";

const DEPLOYMENTS = 50;

for (const kind of serverKinds) {
  const engine = await requireEngine(kind.name, () => kind.probe());
  describeEngine(engine, `certificates for ${kind.name}`, () => {
    it("a renewed certificate is noticed, deployed, and proven to be served", async () => {
      const world = await startDeployment(kind);
      const byHand = await world.served();
      expect(await world.rotate()).toBeNull();
      expect(await world.rotate({ now: true })).toMatchObject({ outcome: "rotated", version: 1 });
      expect(await world.served()).toBe(byHand);
      expect(await world.rotate()).toBeNull();
      const next = world.renew();
      expect(await world.rotate()).toMatchObject({ secret: SECRET, outcome: "rotated", version: 2 });
      expect(await world.served()).toBe(next.fingerprint);
      expect(readFileSync(join(world.folder, "tls", "privkey.pem"), "utf8")).toBe(next.key);
    });

    it(`under load, no handshake fails through ${DEPLOYMENTS} deployments`, async () => {
      const world = await startDeployment(kind);
      const load = startLoad(world.server.port, world.root);
      await world.rotate({ now: true });
      for (let round = 0; round < DEPLOYMENTS; round += 1) {
        const { fingerprint } = world.renew(30 + round);
        expect(await world.rotate()).toMatchObject({ outcome: "rotated", version: round + 2 });
        // A worker of before may take a last connection after one of the new ones was seen.
        await expect.poll(() => world.served(), { timeout: 5_000 }).toBe(fingerprint);
      }
      await load.stop();
      expect(load.failures).toEqual([]);
      expect(load.seen().length).toBe(DEPLOYMENTS + 1);
      expect(load.done()).toBeGreaterThan(10 * DEPLOYMENTS);
    }, 600_000);

    it("a configuration that is broken already: the old certificate stays, and is proven to", async () => {
      const world = await startDeployment(kind, { probe: { within: "3s" } });
      await world.rotate({ now: true });
      const before = await world.served();
      kind.breakConfig(world.folder);
      const load = startLoad(world.server.port, world.root);
      world.renew();
      expect(await world.rotate()).toMatchObject({
        outcome: "rolled-back",
        version: 1,
        error: { message: expect.stringMatching(/exit|another certificate/) },
      });
      await load.stop();
      expect([load.failures, load.seen()]).toEqual([[], [before]]);
      expect(await world.served()).toBe(before);
    });
  });
}
