/**
 * Docker secrets and the swarm services that mount them (docs.docker.com/engine/swarm/secrets). A Docker secret cannot
 * be changed or read back, so each version is a secret `name_v<N>` of its own, mounted under the stable file name
 * `name`. Needs a connection of kind `docker` to a swarm manager.
 */
import { dockerSecretSchema, type DockerSecretConfig } from "./docker-secret/config.ts";
import { discoverSecrets } from "./docker-secret/discover.ts";
import type { Shelved } from "./docker-secret/shelved.ts";
import { swarmStoreId } from "./docker-secret/store.ts";
import { swarmTarget } from "./docker-secret/swarm-target.ts";
import type { TargetKind } from "../domain/ports.ts";

export const dockerSecret: TargetKind<DockerSecretConfig> = {
  kind: "docker-secret",
  connectionKind: "docker",
  schema: dockerSecretSchema,
  storeId: (config) => swarmStoreId(settingsOf(config)),
  discover: discoverSecrets,
  connect: async (config, secret, context) => swarmTarget(settingsOf(config), secret, context),
};

function settingsOf(config: DockerSecretConfig): Shelved {
  return { ...config, shelf: "secrets", mount: config.name };
}
