import type { ReloadKind } from "../domain/ports.ts";
import { dockerRestart } from "./docker-restart.ts";
import { dockerSignal } from "./docker-signal.ts";
import { exec } from "./exec.ts";
import { http } from "./http.ts";
import { signal } from "./signal.ts";
import { systemdReload } from "./systemd-reload.ts";

/** Every way to make a process read its files again. */
export const reloads: readonly ReloadKind<unknown>[] = [
  signal,
  systemdReload,
  dockerSignal,
  dockerRestart,
  http,
  exec,
];
