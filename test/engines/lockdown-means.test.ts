/** What else a lockdown can do: disable an application, put a file in another's place, leave things stopped. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toldBy } from "../e2e/world/start-keyturn.ts";
import { SECRET } from "../e2e/world/world.ts";
import { IMAGE } from "./docker/base-image.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { configure, withLockdown, type LockdownWorld } from "./lockdown/start-world.ts";
import { withoutSecrets } from "./lockdown/without-secrets.ts";
import { DENY_ALL } from "./lockdown/ticking-service.ts";
import { probeMail, startMailServer } from "./smtp/start-mail-server.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and an SMTP server", async () => {
  await probeDocker();
  probeMail();
});
const START = ["lockdown", "start", "sam", "--reason", "a token was seen in public", "--json"];
const LIFT = ["lockdown", "lift", "sam", "--confirm", "sam", "--reason", "all is well", "--json"];
const WITHIN = { timeout: 180_000 };

describeEngine(engine, "the means of a lockdown on a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  it("disables an application and puts a file in another's place; lift undoes both", WITHIN, () =>
    withLockdown(swarm, { name: "means", replicas: 1 }, async (world) => {
      const [path, from] = [join(world.folder, "authz.json"), join(world.folder, "deny.json")];
      writeFileSync(path, '{"allow":"some"}', { mode: 0o640 });
      writeFileSync(from, '{"allow":"none"}');
      configure(world, {
        name: "means",
        scope: () => ({
          disable: [{ kind: "entra-app", connection: "entra", application: world.appId }],
          deny: [
            { kind: "docker-env", service: "means", env: { ALLOW: DENY_ALL } },
            { kind: "file", path, from },
          ],
        }),
      });
      await rotateOnce(world);
      const locked = await world.keyturn(...START);
      expect(toldBy(locked).at(-1), locked.stderr).toMatchObject({ outcome: "complete" });
      expect(world.entra.isEnabled(world.appId)).toBe(false);
      expect(readFileSync(path, "utf8")).toBe('{"allow":"none"}');
      expect(statSync(path).mode & 0o777).toBe(0o640);

      writeFileSync(path, '{"allow":"whatever"}');
      const refused = await world.keyturn(...LIFT);
      expect({ code: refused.code, told: toldBy(refused).at(-1) }).toMatchObject({
        code: 1,
        told: { missing: [{ error: { code: "lift-refused" } }] },
      });
      writeFileSync(path, '{"allow":"none"}');
      const lifted = await world.keyturn(...LIFT);
      expect(toldBy(lifted).at(-1), lifted.stderr).toMatchObject({ outcome: "lifted" });
      expect(world.entra.isEnabled(world.appId)).toBe(true);
      expect(readFileSync(path, "utf8")).toBe('{"allow":"some"}');
      expect(statSync(path).mode & 0o777).toBe(0o640);
    }),
  );

  it("revokes before it rotates, when it is told to", WITHIN, () =>
    withLockdown(swarm, { name: "first", replicas: 1 }, async (world) => {
      configure(world, { name: "first", scope: () => ({ rotate: { secrets: ["*"], revokeFirst: true } }) });
      await rotateOnce(world);
      const live: number[] = [];
      world.onRequest((operation) => {
        if (operation === "add") live.push(world.entra.credentialsOf(world.appId).length);
        return null;
      });
      const locked = await world.keyturn(...START);
      expect(toldBy(locked).at(-1), locked.stderr).toMatchObject({ outcome: "complete" });
      expect(live).toEqual([1]);
      expect(world.entra.credentialsOf(world.appId)).toHaveLength(2);
    }),
  );

  it(
    "is tried on a canary, which leaves nothing behind and touches nobody; a drill that fails says so",
    WITHIN,
    () =>
      withLockdown(swarm, { name: "drilled", replicas: 1 }, async (world) => {
        const mail = await startMailServer();
        try {
          const channel = (port: number) => ({
            name: "drilled",
            scope: () => ({ notify: ["ops"] }),
            main: () => ({
              notify: { ops: { kind: "smtp", host: "127.0.0.1", port, from: "a@x.test", to: ["b@x.test"] } },
            }),
          });
          configure(world, channel(mail.port));
          const [before, images] = [
            await world.consumer.service.spec(),
            await swarm.docker(["images", "-q"]),
          ];
          const drill = await world.keyturn("lockdown", "drill", "sam", "--json");
          const told = JSON.parse(drill.stdout) as { phases: readonly { phase: string; error?: unknown }[] };
          expect({ code: drill.code, told }).toMatchObject({
            code: 0,
            told: { ok: true, warnings: [], checks: [] },
          });
          expect(told.phases.map(({ phase }) => phase)).toEqual([
            "look",
            "canary",
            "contain",
            "preserve",
            "restart",
            "settle",
            "remove",
            "notify ops",
          ]);
          expect(mail.mails()).toEqual([
            expect.stringContaining("Subject: DRILL: keyturn: lockdown of sam works"),
          ]);
          expect(await world.consumer.service.spec()).toEqual(before);
          expect(await swarm.docker(["service", "ls", "--format", "{{.Name}}"])).toBe("drilled");
          expect(await swarm.docker(["images", "-q"])).toBe(images);
          await mail.close();
          expect((await world.keyturn("lockdown", "drill", "sam", "--json")).code).toBe(1);
        } finally {
          await mail.close();
        }
      }),
  );

  it("leaves a service and a container stopped; lift starts both again", WITHIN, () =>
    withLockdown(swarm, { name: "stopped", replicas: 2 }, async (world) => {
      const { service } = world.consumer;
      await swarm.docker(["run", "-d", "--name", "alone", "--network", "host", IMAGE, "sleep", "100000"]);
      const alone = (): Promise<string> =>
        swarm.docker(["inspect", "--format", "{{.State.Status}}", "alone"]);
      const contain = [{ kind: "docker", connection: "swarm", services: ["stopped"], containers: ["alone"] }];
      configure(world, { name: "stopped", scope: () => ({ contain, resume: "contained" }) });
      await rotateOnce(world);
      const before = withoutSecrets(await service.spec());
      const locked = await world.keyturn(...START);
      expect(toldBy(locked).at(-1), locked.stderr).toMatchObject({ outcome: "complete" });
      expect(await service.states()).toEqual([]);
      expect(await alone()).toBe("exited");
      expect(service.denying()).toBe(0);
      const lifted = await world.keyturn(...LIFT);
      expect(toldBy(lifted).at(-1), lifted.stderr).toMatchObject({ outcome: "lifted" });
      expect(withoutSecrets(await service.spec())).toEqual(before);
      expect(await alone()).toBe("running");
      await expect
        .poll(() => service.states(), { timeout: 30_000, interval: 200 })
        .toEqual(["running", "running"]);
      await swarm.docker(["rm", "-f", "alone"]);
    }),
  );
});

async function rotateOnce(world: LockdownWorld): Promise<void> {
  const first = await world.keyturn("rotate", "--now", SECRET, "--json");
  expect(first.code, first.stderr).toBe(0);
}
