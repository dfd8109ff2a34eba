/** The stand-in's objects as the Engine API 1.41 shows them. */
import type { StandInSecret, StandInService, StandInTask } from "./model.ts";

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
