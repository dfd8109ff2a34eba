/** The services that a Docker secret or config is for, as `doctor` tells them. */
import { copyNumber } from "./copy.ts";
import { isRunning } from "./convergence.ts";
import { assertSwitchable, usersOf } from "./find-services.ts";
import { mountedAt, nameOf } from "./references.ts";
import type { Shelved } from "./shelved.ts";
import type { DockerClient } from "../../connections/docker/client.ts";
import type { Service, Task } from "../../connections/docker/engine-api.ts";
import {
  failed,
  failedBy,
  inferred,
  looked,
  notCheckable,
  proved,
  type Finding,
} from "../../domain/check.ts";

/** docs.docker.com/engine/extend/plugins_authorization */
const MANAGES =
  "who may list what services mount may also change them, unless an authorization plugin forbids it";

export async function inspectServices(
  config: Shelved,
  client: DockerClient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return looked("manager", async () => {
    const { swarm } = client;
    const [all, objects] = [await swarm.services(signal), await swarm.objects(config.shelf, signal)];
    const manager = proved(
      "manager",
      `the engine is a swarm manager and lists its ${config.shelf} and services`,
    );
    const found =
      config.services === "auto"
        ? usersOf(config, all, objects)
        : all.filter(({ Spec }) => config.services.includes(Spec.Name));
    const tasks = await swarm.tasks(
      found.map(({ ID }) => ID),
      signal,
    );
    const copies = objects.filter(({ Spec }) => copyNumber(config.name, Spec.Name) !== null).length;
    return [
      manager,
      inferred("may-manage", MANAGES),
      proved("content", `${copies} versions of ${config.name} are there`),
      ...missing(config, found),
      ...found.flatMap((service) => judge(service, config, tasks)),
      ...(await looked("task-node", () => inspectNodes(client, tasks.filter(isRunning), signal))),
    ];
  });
}

function missing({ name, mount, shelf, services }: Shelved, found: readonly Service[]): readonly Finding[] {
  if (services === "auto") {
    if (found.length > 0) return [];
    const word = shelf.slice(0, -1);
    const message = `no service mounts a ${word} as ${shown(mount)}, so a new version would reach nobody`;
    const hint = `Give a service the ${word}: \`docker service update --${word}-add source=${name},target=${shown(mount)} SERVICE\`; or name services in the target.`;
    return [failed("service", message, hint)];
  }
  const names = new Set(found.map(({ Spec }) => Spec.Name));
  return services
    .filter((service) => !names.has(service))
    .map((service) =>
      failed(
        "service",
        `there is no service ${service} in the swarm`,
        "Check the target's services against `docker service ls`.",
      ),
    );
}

function judge(service: Service, { mount }: Shelved, tasks: readonly Task[]): readonly Finding[] {
  const { Name, TaskTemplate, UpdateConfig } = service.Spec;
  try {
    assertSwitchable(service);
  } catch (thrown) {
    return [failedBy("service", thrown)];
  }
  const running = tasks.filter((task) => task.ServiceID === service.ID && isRunning(task)).length;
  const held = mountedAt(TaskTemplate, mount);
  const use =
    held === undefined
      ? inferred("service", `${Name} does not mount ${shown(mount)} yet; its first switch adds the mount`)
      : proved(
          "service",
          `${Name} mounts ${nameOf(held)} as ${shown(mount)}; a switch restarts ${running} tasks`,
        );
  return [use, ...updating(Name, UpdateConfig?.FailureAction ?? "pause"), ...underWay(service)];
}

/** A config's mount is told as its path. */
function shown(mount: string): string {
  return mount.replace(/^config:/, "");
}

function updating(name: string, action: "pause" | "continue" | "rollback"): readonly Finding[] {
  const meaning = {
    pause: "swarm stops where a new task fails, and keyturn reverts",
    rollback: "swarm itself goes back when a new task fails; keyturn notices",
    continue: "swarm goes on although new tasks fail: all of them may be down until keyturn reverts",
  }[action];
  const hint =
    action === "continue"
      ? `Run \`docker service update --update-failure-action pause ${name}\`.`
      : undefined;
  return [inferred("update-policy", `${name}: ${meaning}`, hint)];
}

/** An update that somebody else began, and that stands still. */
function underWay({ Spec, UpdateStatus }: Service): readonly Finding[] {
  const state = UpdateStatus?.State;
  if (state !== "paused" && state !== "rollback_paused") return [];
  return [
    failed(
      "service",
      `the last update of ${Spec.Name} is ${state.replaceAll("_", " ")}`,
      `See \`docker service ps ${Spec.Name}\` for why, and mend it before a rotation.`,
    ),
  ];
}

/** A rotation needs the manager alone; signals to containers, and their health, need the engine that runs them. */
async function inspectNodes(
  client: DockerClient,
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const used = new Set(tasks.map(({ NodeID }) => NodeID));
  const nodes = (await client.swarm.nodes(signal)).filter(({ ID }) => used.has(ID));
  if (nodes.length === 0) return [];
  const names = nodes.map(({ ID, Description }) => Description?.Hostname ?? ID);
  const unknown = names.filter((name) => !client.nodes.includes(name));
  if (unknown.length === 0 || names.length === 1)
    return [proved("task-node", `tasks run on ${names.join(", ")}; the engines are known`)];
  return [
    notCheckable(
      "task-node",
      `tasks run on ${unknown.join(", ")}, whose engines the connection does not name; a rotation needs the manager only`,
      "Only for reloads and probes that reach into containers: add the hosts to the connection's nodes.",
    ),
  ];
}
