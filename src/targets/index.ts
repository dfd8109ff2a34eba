import type { TargetKind } from "../domain/ports.ts";
import { dockerConfig } from "./docker-config.ts";
import { dockerSecret } from "./docker-secret.ts";
import { envFile } from "./env-file.ts";
import { file } from "./file.ts";
import { files } from "./files.ts";

/** Every target that keyturn knows: the configuration, its JSON Schema and the documentation derive from this list. */
export const targets: readonly TargetKind<unknown>[] = [dockerSecret, dockerConfig, file, files, envFile];
