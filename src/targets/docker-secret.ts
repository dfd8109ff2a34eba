/**
 * Docker secrets and the swarm services that mount them (docs.docker.com/engine/swarm/secrets). A Docker secret cannot
 * be changed or read back, so each version is a secret `name_v<N>` of its own, mounted under the stable file name
 * `name`. Needs a connection of kind `docker` to a swarm manager.
 */
import { dockerSecretSchema, type DockerSecretConfig } from "./docker-secret/config.ts";
import { isRunning } from "./docker-secret/convergence.ts";
import { discoverSecrets } from "./docker-secret/discover.ts";
import { findServices } from "./docker-secret/find-services.ts";
import { inspectServices } from "./docker-secret/inspect-services.ts";
import { ServiceConsumer } from "./docker-secret/service-consumer.ts";
import { DockerSecretStore, dockerSecretStoreId } from "./docker-secret/store.ts";
import type { DockerClient } from "../connections/docker/client.ts";
import type { Consumer, Target, TargetContext, TargetKind } from "../domain/ports.ts";
import type { SecretName } from "../domain/version.ts";

export const dockerSecret: TargetKind<DockerSecretConfig> = {
  kind: "docker-secret",
  connectionKind: "docker",
  schema: dockerSecretSchema,
  storeId: dockerSecretStoreId,
  discover: discoverSecrets,
  async connect(config, secret, context) {
    const client = context.connection<DockerClient>("docker", config.connection);
    const { swarm } = client;
    return {
      store: new DockerSecretStore(config, swarm),
      consumers: (signal) => findConsumers(config, secret, context, signal),
      inspect: (_around, signal) => inspectServices(config, client, signal),
      async close() {},
    } satisfies Target;
  },
};

async function findConsumers(
  config: DockerSecretConfig,
  secret: SecretName,
  context: TargetContext,
  signal: AbortSignal,
): Promise<readonly Consumer[]> {
  const { swarm } = context.connection<DockerClient>("docker", config.connection);
  const services = await findServices(swarm, config, signal);
  const tasks = await swarm.tasks(
    services.map((service) => service.ID),
    signal,
  );
  const bindings = [{ secret, mount: config.name, convergeMs: config.converge }];
  return services.map((service) => {
    const running = tasks.filter((task) => task.ServiceID === service.ID && isRunning(task)).length;
    const settings = { connection: config.connection, service: service.Spec.Name, tasks: running, bindings };
    return new ServiceConsumer(settings, swarm, context.clock);
  });
}
