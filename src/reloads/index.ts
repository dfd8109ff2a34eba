import type { ReloadKind } from "../domain/ports.ts";
import { dockerSignal } from "./docker-signal.ts";
import { exec } from "./exec.ts";
import { signal } from "./signal.ts";

/** Every way to make a process read its files again. */
export const reloads: readonly ReloadKind<unknown>[] = [signal, dockerSignal, exec];
