/** What a lockdown can do. The configuration, its JSON Schema and the documentation derive from these lists. */
import {
  dockerContainmentSchema,
  dockerEnvSchema,
  type DockerContainmentConfig,
  type DockerEnvConfig,
} from "./docker/config.ts";
import { DockerContainment } from "./docker/docker-containment.ts";
import { EntraApp, entraAppSchema, type EntraAppConfig } from "./entra-app.ts";
import { fileDenialSchema, type FileDenialConfig } from "./file-denial/config.ts";
import { FileDenial } from "./file-denial/file-denial.ts";
import { processContainmentSchema, type ProcessContainmentConfig } from "./process/config.ts";
import { ProcessContainment } from "./process/process-containment.ts";
import type { DockerClient } from "../connections/docker/client.ts";
import type { ContainmentKind, DenialKind, DisablingKind } from "../domain/lockdown.ts";

const docker: ContainmentKind<DockerContainmentConfig> = {
  kind: "docker",
  connectionKind: "docker",
  schema: dockerContainmentSchema,
  connect: (config, context) =>
    new DockerContainment(config, context.connection<DockerClient>("docker", config.connection), context),
};

const processKind: ContainmentKind<ProcessContainmentConfig> = {
  kind: "process",
  schema: processContainmentSchema,
  connect: (config, context) => new ProcessContainment(config, context),
};

const entraApp: DisablingKind<EntraAppConfig> = {
  kind: "entra-app",
  connectionKind: "entra",
  schema: entraAppSchema,
  connect: (config, context) => new EntraApp(config, context),
};

const dockerEnv: DenialKind<DockerEnvConfig> = {
  kind: "docker-env",
  schema: dockerEnvSchema,
  env: ({ service, env }) => ({ service, env }),
};

const file: DenialKind<FileDenialConfig> = {
  kind: "file",
  schema: fileDenialSchema,
  connect: (config, context) => FileDenial.connect(config, context),
};

export const containments: readonly ContainmentKind<unknown>[] = [docker, processKind];
export const disablings: readonly DisablingKind<unknown>[] = [entraApp];
export const denials: readonly DenialKind<unknown>[] = [dockerEnv, file];
