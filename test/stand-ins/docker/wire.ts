/** The stand-in's objects as the Engine API 1.41 shows them. */
import type { StandInContainer, StandInSecret, StandInService, StandInTask } from "./model.ts";
import type { SwarmState } from "./swarm-state.ts";

const NODES = ["node1", "node2"];

export function versionOnWire(apiVersion: string): object {
  return { Version: "20.10.24", ApiVersion: apiVersion, MinAPIVersion: "1.12", Os: "linux" };
}

/** An engine that is in no swarm leaves out the count of nodes. */
export function infoOnWire(isManager: boolean): object {
  const part = { LocalNodeState: isManager ? "active" : "inactive", ControlAvailable: isManager };
  return { Name: "node1", Swarm: { ...part, ...(isManager ? { Nodes: NODES.length, Managers: 1 } : {}) } };
}

export function nodesOnWire(): readonly object[] {
  return NODES.map((name) => ({
    ID: name,
    Description: { Hostname: name },
    Status: { State: "ready" },
  }));
}

export function containerOnWire({ name, mounts }: StandInContainer): object {
  return { Id: `id-of-${name}`, Names: [`/${name}`], Labels: {}, Mounts: mounts };
}

/** The containers of the tasks that run on this engine's own node. */
export function taskContainersOnWire({ tasks, services }: SwarmState): readonly object[] {
  return tasks
    .filter(({ state, slot }) => state === "running" && slot === 1)
    .map(({ id, slot, service, template }) => {
      const name = services.find((each) => each.id === service)?.spec.Name ?? "";
      return {
        Id: `container-of-${id}`,
        Names: [`/${name}.${slot}.${id}`],
        Labels: { "com.docker.swarm.service.name": name },
        Mounts: template.ContainerSpec.Mounts ?? [],
      };
    });
}

export function secretOnWire(secret: StandInSecret): object {
  return {
    ID: secret.id,
    Version: { Index: secret.index },
    Spec: { Name: secret.name, Labels: secret.labels },
  };
}

export function serviceOnWire(service: StandInService): object {
  return {
    ID: service.id,
    Version: { Index: service.index },
    Spec: service.spec,
    ...(service.previous === null ? {} : { PreviousSpec: service.previous }),
    ...(service.status === null ? {} : { UpdateStatus: service.status }),
  };
}

export function taskOnWire(task: StandInTask): object {
  const failed = task.state === "failed" ? { Err: "task: non-zero exit (1)" } : {};
  return {
    ID: task.id,
    ServiceID: task.service,
    Slot: task.slot,
    NodeID: `node${task.slot}`,
    DesiredState: task.desired,
    Spec: task.template,
    Status: { State: task.state, ...failed },
  };
}
