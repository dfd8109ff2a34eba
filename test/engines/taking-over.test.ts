/** A swarm that grew by hand is taken over by a tenant that lags and fails: no outage, and in the end what `plan` said. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { DAY_MS } from "../../src/domain/time.ts";
import { findLeaks } from "../e2e/world/find-leaks.ts";
import { planned, shown } from "../e2e/world/what-is-planned.ts";
import type { Section } from "../e2e/world/write-config.ts";
import { faketimeLibrary } from "../e2e/world/world-clock.ts";
import { SECRET } from "../e2e/world/world.ts";
import { probeDocker } from "./docker/probe-docker.ts";
import { createSecret, seenIn } from "./docker/real-world.ts";
import { startSwarm, type RealSwarm } from "./docker/start-swarm.ts";
import { signedInAlways, untilRetired } from "./main-job/after-a-while.ts";
import { ended } from "./main-job/how-it-ended.ts";
import { lines, SampleService } from "./main-job/sample-service.ts";
import { withJob, type JobWorld } from "./main-job/start-job.ts";
import { dockerSecrets, liveText } from "./main-job/what-is-told.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const engine = await requireEngine("docker and libfaketime", async () => {
  await probeDocker();
  faketimeLibrary();
});
const MOUNT = "azure_secret";
const WITHIN = { timeout: 180_000 };

/** Two forgotten secrets that stay somebody's, one that is to go, and one in use that is to be replaced. */
function forget({ app, canaries }: JobWorld) {
  const made = [
    app.addSecret("2023 test", { ageMs: 900 * DAY_MS, lastsMs: 30 * DAY_MS }),
    app.addSecret(null, { ageMs: 400 * DAY_MS, lastsMs: 20 * DAY_MS }),
    app.addSecret("nobody's", { ageMs: 800 * DAY_MS, lastsMs: -70 * DAY_MS }),
  ];
  for (const { secretText } of made) canaries.add(secretText);
  return made.map(({ keyId }) => keyId);
}

function nameForAdoption(world: JobWorld, adopt: readonly string[]): void {
  world.configure((parts) => {
    const secret = parts.secrets[SECRET] ?? {};
    const issuer = { ...(secret["issuer"] as Section), adopt };
    return { ...parts, secrets: { ...parts.secrets, [SECRET]: { ...secret, issuer } } };
  });
}

describeEngine(engine, "a swarm that grew by hand", () => {
  let swarm: RealSwarm;
  beforeAll(async () => {
    swarm = await startSwarm();
  }, 60_000);
  afterAll(() => swarm.close(), 60_000);

  const keyIds = ({ entra, appId }: JobWorld): readonly string[] =>
    entra.credentialsOf(appId).map(({ keyId }) => keyId);
  const inspected = (names: readonly string[]): Promise<string> =>
    swarm.docker(["secret", "inspect", "--format", "{{.Spec.Name}} {{.ID}} {{.Version.Index}}", ...names]);

  it("is taken over", WITHIN, () =>
    withJob(swarm, { mount: MOUNT, service: "sam-enterprise", overlap: "2s" }, async (world) => {
      const stray = `${MOUNT}_v2`;
      await createSecret(swarm, stray, "a stray");
      await createSecret(swarm, `${MOUNT}_prod`, "of another");
      const secrets = [`source=${MOUNT}_prod,target=${MOUNT}`];
      const prod = await SampleService.create(swarm, { name: "sam-prod", secrets });
      const others = [MOUNT, stray, `${MOUNT}_prod`];
      const before = [await inspected(others), await prod.inspect("{{.Version.Index}} {{json .Spec}}")];
      const [inUse = ""] = keyIds(world);
      const [adoptedToo = "", ...foreign] = forget(world);

      world.configure((parts) => ({ ...parts, secrets: {} }));
      const { stdout } = await world.keyturn("adopt", "--discover");
      for (const id of [inUse, adoptedToo, ...foreign]) expect(stdout).toContain(`- ${id} # `);
      expect(lines(stdout)).toContain(`# sam-enterprise mounts ${MOUNT} as ${MOUNT}`);
      expect(lines(stdout)).toContain(`# sam-prod mounts ${MOUNT}_prod as ${MOUNT}`);

      nameForAdoption(world, [inUse, adoptedToo]);
      const plan = await planned(world);
      const [run] = plan.runs;
      expect(plan.adopted).toMatchObject([{ credentials: [{ id: inUse }, { id: adoptedToo }], refused: [] }]);
      expect(run?.secrets).toMatchObject([{ reason: "age", fromVersion: 0, toVersion: 3, foreign: 2 }]);
      expect(run?.consumers).toEqual([
        { id: "docker-service:swarm/sam-enterprise", restarts: 2, tasks: 2, secrets: [SECRET] },
      ]);

      const { service } = world.consumer;
      const tasks = await service.tasksEver();
      const rotated = await world.keyturn("rotate", "--json");
      expect(ended(rotated)).toEqual({ code: 0, outcome: "rotated", version: 3 });
      expect((await service.tasksEver()) - tasks).toBe(run?.consumers[0]?.restarts);
      await signedInAlways(world);
      await untilRetired(world, 0);

      const text = liveText(world, 3);
      expect(await seenIn(swarm, service.name, MOUNT)).toEqual([text, text]);
      expect(keyIds(world).filter((id) => [inUse, adoptedToo, ...foreign].includes(id))).toEqual(foreign);
      expect(keyIds(world)).toHaveLength(3);
      expect(await dockerSecrets(swarm, MOUNT)).toEqual([MOUNT, stray, `${MOUNT}_v3`]);
      expect([await inspected(others), await prod.inspect("{{.Version.Index}} {{json .Spec}}")]).toEqual(
        before,
      );
      expect(await shown(world)).toMatchObject({
        version: run?.secrets[0]?.toVersion,
        previous: null,
        foreignCredentials: run?.secrets[0]?.foreignCredentials,
        adoptedCredentials: [],
      });
      await signedInAlways(world);
      expect(findLeaks(world)).toEqual([]);
      await prod.remove();
    }),
  );
});
