/**
 * Docker configs and the swarm services that mount them (docs.docker.com/engine/swarm/configs), for the public parts of a
 * certificate. A config cannot be changed, so each version is a config `name_v<N>` of its own, mounted at the stable path
 * `mount`. Needs a connection of kind `docker` to a swarm manager. A service that has secrets and configs of keyturn's is one
 * consumer: all of them change in one update.
 */
import { dockerConfigSchema, type DockerConfigConfig } from "./docker-config/config.ts";
import { configMount } from "./docker-secret/references.ts";
import type { Shelved } from "./docker-secret/shelved.ts";
import { swarmStoreId } from "./docker-secret/store.ts";
import { swarmTarget } from "./docker-secret/swarm-target.ts";
import type { TargetKind } from "../domain/ports.ts";

export const dockerConfig: TargetKind<DockerConfigConfig> = {
  kind: "docker-config",
  connectionKind: "docker",
  schema: dockerConfigSchema,
  storeId: (config) => swarmStoreId(settingsOf(config)),
  connect: async (config, secret, context) => swarmTarget(settingsOf(config), secret, context),
};

/** Docker's own default is the name below the root. */
function settingsOf({ mount, ...config }: DockerConfigConfig): Shelved {
  return { ...config, shelf: "configs", mount: configMount(mount ?? `/${config.name}`) };
}
