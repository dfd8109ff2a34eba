import { dockerSignal } from "./docker-signal.ts";
import { exec } from "./exec.ts";
import { signal } from "./signal.ts";

/** Every way to make a process read its files again. */
export const reloads = [signal, dockerSignal, exec] as const;
