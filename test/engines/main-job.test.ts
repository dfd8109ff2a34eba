/** The main job through the command line: an Entra client secret, from a hostile tenant, into services on a real swarm. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeAfterKill, judgeQuiet, judgeRecovered } from "../crash/kill/judge.ts";
import { recover, recoverUntilQuiet } from "../crash/kill/recover.ts";
import { findLeaks } from "../e2e/world/find-leaks.ts";
import { toldBy } from "../e2e/world/start-keyturn.ts";
import type { ConfigParts, Section } from "../e2e/world/write-config.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { createSecret, seenIn } from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { signedInAlways, untilRetired } from "./main-job/after-a-while.ts";
import { ended, errorTold } from "./main-job/how-it-ended.ts";
import { killWhen, STEPS_TO_KILL_AT } from "./main-job/kill-when.ts";
import { SampleService } from "./main-job/sample-service.ts";
import { withJob, type JobOrder, type JobWorld } from "./main-job/start-job.ts";
import { dockerSecrets, liveText, reported } from "./main-job/what-is-told.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and libfaketime", async () => {
  await probeDocker();
  faketimeLibrary();
});
const ROTATE = ["rotate", "--now", SECRET, "--json"];
const WITHIN = { timeout: 180_000 };

describeEngine(engine, "an Entra client secret in a real swarm", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  const job = (order: JobOrder, body: (world: JobWorld) => Promise<void>): Promise<void> =>
    withJob(swarm, order, body);

  describe("is rotated", () => {
    it.concurrent("with one command, and nothing of a similar name is touched", WITHIN, () =>
      job({ mount: "azure_secret", service: "sam-enterprise" }, async (world) => {
        await createSecret(swarm, "azure_secret_prod", "of another");
        await createSecret(swarm, "azure_secret_v2", "a stray");
        const secrets = ["azure_secret_prod", "source=azure_secret_prod,target=azure_secret"];
        const prod = await SampleService.create(swarm, { name: "sam-prod", secrets });
        const bystanders = async (): Promise<readonly string[]> => [
          await prod.inspect("{{.Version.Index}} {{json .Spec}}"),
          String(await prod.tasksEver()),
          await swarm.docker([
            "secret",
            "inspect",
            "--format",
            "{{.Spec.Name}} {{.ID}} {{.Version.Index}}",
            "azure_secret",
            "azure_secret_prod",
            "azure_secret_v2",
          ]),
        ];
        const before = await bystanders();

        expect(ended(await world.keyturn(...ROTATE))).toEqual({ code: 0, outcome: "rotated", version: 3 });

        expect(await dockerSecrets(swarm, "azure_secret")).toEqual([
          "azure_secret",
          "azure_secret_v2",
          "azure_secret_v3",
        ]);
        const text = liveText(world, 3);
        expect(text).toEqual(expect.any(String));
        expect(await seenIn(swarm, "sam-enterprise", "azure_secret")).toEqual([text, text]);
        expect(await bystanders()).toEqual(before);
        const told = await reported(world);
        // Where the tenant loses an answer, what that attempt made is looked for and revoked.
        const steps = told.steps.filter((step) => step !== "create undone");
        expect({ ...told, steps }).toMatchObject({
          version: 3,
          previous: null,
          evidence: "converged",
          health: "ok",
          foreign: 1,
          outcomes: ["rotated", "rotated", "rotated"],
          steps: [
            "create done",
            "verify done",
            "deliver done",
            "activate done",
            "confirm done",
            "prune done",
          ],
        });
        await signedInAlways(world);
        await prod.remove();
      }),
    );

    it.concurrent(
      "again: the old version works for the overlap, is then revoked, and its copy pruned",
      WITHIN,
      () =>
        job({ mount: "second", service: "sam-second", overlap: "2s" }, async (world) => {
          const { service, mount, watch } = world.consumer;
          world.configure((parts) => ({ ...parts, policy: { ...parts.policy, keep: 1 } }));
          const rotated = async (version: number): Promise<void> =>
            expect(ended(await world.keyturn(...ROTATE))).toEqual({ code: 0, outcome: "rotated", version });
          await rotated(1);
          await rotated(2);
          expect(liveText(world, 1)).toEqual(expect.any(String));
          await untilRetired(world, 1);
          expect(liveText(world, 1)).toBeUndefined();
          expect(liveText(world, 2)).toEqual(expect.any(String));
          await signedInAlways(world);

          // Swarm could roll back to it, so the copy stays. Its containers then run, with a secret that is dead.
          expect(await dockerSecrets(swarm, mount)).toEqual([mount, `${mount}_v1`, `${mount}_v2`]);
          await service.rollBack();
          expect(await service.mounted(mount)).toEqual([`${mount}_v1`, `${mount}_v1`]);
          while (watch.counts.failed === 0) await new Promise((resolve) => setTimeout(resolve, 50));

          await rotated(3);
          expect(await seenIn(swarm, service.name, mount)).toEqual([liveText(world, 3), liveText(world, 3)]);
          await untilRetired(world, 2);
          await rotated(4);
          expect(await dockerSecrets(swarm, mount)).toEqual([mount, `${mount}_v3`, `${mount}_v4`]);
        }),
    );

    it.concurrent("and rolled back by hand within the overlap: nothing is revoked", WITHIN, () =>
      job({ mount: "byhand", service: "sam-by-hand", overlap: "2s" }, async (world) => {
        for (const version of [1, 2])
          expect(ended(await world.keyturn(...ROTATE))).toEqual({ code: 0, outcome: "rotated", version });
        await world.consumer.service.rollBack();
        world.advance(3_000);

        const { stderr } = await world.keyturn("rotate", "--json");

        expect(stderr).toContain("alert[rolled-back-by-swarm]");
        expect(liveText(world, 1)).toEqual(expect.any(String));
        await signedInAlways(world);
        await world.consumer.service.rollBack();
        await untilRetired(world, 1);
        await signedInAlways(world);
      }),
    );

    it.concurrent("together with another one that the same service uses, in one restart", WITHIN, () =>
      job({ mount: "shared", service: "sam-shared" }, async (world) => {
        const { service, mount } = world.consumer;
        await createSecret(swarm, "shared_too", "by hand");
        await service.update("--quiet", "--secret-add", "shared_too");
        const other = world.entra.addApp({ displayName: "too" });
        world.configure((parts) => {
          const secret = parts.secrets[SECRET] ?? {};
          const issuer = { ...(secret["issuer"] as object), application: other.appId };
          const targets = [{ kind: "docker-secret", connection: "swarm", name: "shared_too" }];
          const policy = { ...parts.policy, maxAge: "2h" };
          return { ...parts, policy, secrets: { ...parts.secrets, too: { ...secret, issuer, targets } } };
        });
        for (const [round, asked] of [["--now", "--all"], []].entries()) {
          const before = await service.tasksEver();
          const finished = await world.keyturn("rotate", ...asked, "--json");
          expect(finished.code, finished.stdout).toBe(0);
          expect(toldBy(finished).filter(({ type }) => type === "run-ended")).toHaveLength(2);
          expect((await service.tasksEver()) - before).toBe(2);
          const name = `_v${round + 1}`;
          expect(await service.mounted(mount)).toEqual([mount + name, mount + name]);
          expect(await service.mounted("shared_too")).toEqual([`shared_too${name}`, `shared_too${name}`]);
          // Both are due now.
          world.advance(3 * 3_600_000);
        }
        await signedInAlways(world);
      }),
    );

    it.concurrent("in the named services alone", WITHIN, () =>
      job({ mount: "listed", service: "sam-listed" }, async (world) => {
        const other = await SampleService.create(swarm, { name: "sam-unlisted", secrets: ["listed"] });
        const before = await other.inspect("{{.Version.Index}}");
        world.configure((parts) => withTarget(parts, { services: ["sam-listed"] }));
        expect(ended(await world.keyturn(...ROTATE))).toEqual({ code: 0, outcome: "rotated", version: 1 });
        expect(await world.consumer.service.mounted("listed")).toEqual(["listed_v1", "listed_v1"]);
        expect(await other.inspect("{{.Version.Index}}")).toBe(before);
        await other.remove();
      }),
    );

    it.concurrent("while somebody else's update of the service is under way, which is kept", WITHIN, () =>
      job({ mount: "busy", service: "sam-busy", more: ["--update-delay", "3s"] }, async (world) => {
        const { service } = world.consumer;
        await service.update("--detach", "--env-add", "OWNER=mesh");
        expect(await service.inspect("{{.UpdateStatus.State}}")).toBe("updating");
        expect(ended(await world.keyturn(...ROTATE))).toEqual({ code: 0, outcome: "rotated", version: 1 });
        expect(await service.mounted("busy")).toEqual(["busy_v1", "busy_v1"]);
        expect(await service.inspect("{{.Spec.TaskTemplate.ContainerSpec.Env}}")).toBe("[OWNER=mesh]");
        expect(await service.inspect("{{.UpdateStatus.State}}")).toBe("completed");
        await signedInAlways(world);
      }),
    );
  });

  describe("stays what it was", () => {
    it.concurrent.each([
      { action: "continue", code: "not-converged" },
      { action: "pause", code: "not-converged" },
      { action: "rollback", code: "rolled-back-by-swarm" },
    ])("when new containers fail and swarm is told to $action", WITHIN, ({ action, code }) => {
      const more = ["--update-failure-action", action];
      return job({ mount: `bad-${action}`, service: `sam-bad-${action}`, more }, async (world) => {
        const { service, mount } = world.consumer;
        expect((await world.keyturn(...ROTATE)).code).toBe(0);
        const before = await dockerSecrets(swarm, mount);
        world.consumer.refuseNewVersions();
        world.configure();

        const failed = await world.keyturn(...ROTATE);

        expect(ended(failed)).toEqual({ code: 1, outcome: "rolled-back", version: 1 });
        expect(errorTold(failed)).toMatchObject({
          code,
          hint: expect.stringContaining(`service ps`) as string,
        });
        expect(await service.mounted(mount)).toEqual([`${mount}_v1`, `${mount}_v1`]);
        expect(await seenIn(swarm, service.name, mount)).toEqual([liveText(world, 1), liveText(world, 1)]);
        expect(await dockerSecrets(swarm, mount)).toEqual(before);
        expect(await reported(world)).toMatchObject({
          version: 1,
          outcomes: ["rolled-back", "rolled-back", "rolled-back"],
        });
        await recoverUntilQuiet(world);
        await world.consumer.look();
        expect(await judgeRecovered(world)).toEqual([]);
        expect(await judgeQuiet(world)).toEqual([]);
        expect(findLeaks(world)).toEqual([]);
        await signedInAlways(world);
        await canBeRolledBackByHand(world);
      });
    });

    it.concurrent("when the engine's socket is not there", WITHIN, () =>
      job({ mount: "nobody", service: "sam-nobody" }, async (world) => {
        const host = `unix://${world.folder}/absent.sock`;
        world.configure((parts) => ({
          ...parts,
          connections: { ...parts.connections, swarm: { kind: "docker", host } },
        }));
        const refused = await world.keyturn(...ROTATE);
        expect(ended(refused)).toEqual({ code: 4, outcome: "refused", version: null });
        expect(errorTold(refused)).toMatchObject({
          code: "unreachable",
          message: expect.stringContaining("absent.sock") as string,
          hint: expect.any(String) as string,
        });
        expect(world.entra.credentialsOf(world.appId)).toHaveLength(1);
      }),
    );
  });

  describe("is mended by recover after kill -9", () => {
    it.concurrent.each(STEPS_TO_KILL_AT)("at $step $state ($direction)", WITHIN, (point) => {
      const name = `killed-${point.direction}-${point.step}-${point.state}`;
      return job({ mount: name, service: `sam-${name}`, overlap: "1s" }, async (world) => {
        if (point.direction === "undo") world.consumer.refuseNewVersions();
        world.configure();

        expect(await killWhen(world, ROTATE, point)).toBe("killed");

        expect(await judgeAfterKill(world)).toEqual([]);
        await recover(world);
        await world.consumer.look();
        // Recovery goes on from where the run was; one that was going back goes back.
        expect(world.consumer.heldVersions()).toEqual(point.direction === "do" ? [1, 1] : [0, 0]);
        expect(await judgeRecovered(world)).toEqual([]);
        await signedInAlways(world);
        await recoverUntilQuiet(world);
        expect(await judgeQuiet(world)).toEqual([]);
        expect(findLeaks(world)).toEqual([]);
        await signedInAlways(world);
      });
    });
  });

  /** Swarm still has what it needs for it, and both replicas come back. */
  async function canBeRolledBackByHand(world: JobWorld): Promise<void> {
    const { service, mount } = world.consumer;
    await service.rollBack();
    expect(await service.mounted(mount)).toHaveLength(2);
  }
});

function withTarget(parts: ConfigParts, change: Section): ConfigParts {
  const secret = parts.secrets[SECRET] ?? {};
  const targets = (secret["targets"] as readonly Section[]).map((target) => ({ ...target, ...change }));
  return { ...parts, secrets: { ...parts.secrets, [SECRET]: { ...secret, targets } } };
}
