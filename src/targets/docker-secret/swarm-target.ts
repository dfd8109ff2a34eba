import { isRunning } from "./convergence.ts";
import { findServices } from "./find-services.ts";
import { inspectServices } from "./inspect-services.ts";
import { ServiceConsumer } from "./service-consumer.ts";
import type { Shelved } from "./shelved.ts";
import { SwarmStore } from "./store.ts";
import type { DockerClient } from "../../connections/docker/client.ts";
import type { Consumer, Target, TargetContext } from "../../domain/ports.ts";
import type { SecretName } from "../../domain/version.ts";

/** Copies on one of swarm's shelves, and the services that mount them. */
export function swarmTarget(settings: Shelved, secret: SecretName, context: TargetContext): Target {
  const client = context.connection<DockerClient>("docker", settings.connection);
  return {
    store: new SwarmStore(settings, client.swarm),
    consumers: (signal) => findConsumers(settings, client, { secret, context }, signal),
    inspect: (_around, signal) => inspectServices(settings, client, signal),
    async close() {},
  };
}

async function findConsumers(
  settings: Shelved,
  { swarm }: DockerClient,
  { secret, context }: { readonly secret: SecretName; readonly context: TargetContext },
  signal: AbortSignal,
): Promise<readonly Consumer[]> {
  const { connection, name, mount, converge: convergeMs } = settings;
  const services = await findServices(swarm, settings, signal);
  const tasks = await swarm.tasks(
    services.map((service) => service.ID),
    signal,
  );
  const bindings = [{ secret, mount, name, convergeMs }];
  return services.map((service) => {
    const running = tasks.filter((task) => task.ServiceID === service.ID && isRunning(task)).length;
    const of = { connection, service: service.Spec.Name, tasks: running, bindings };
    return new ServiceConsumer(of, swarm, context.clock);
  });
}
