import type { ProbeKind } from "../domain/ports.ts";
import { command } from "./command.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";

/** Every way to prove that something works. */
export const probes: readonly ProbeKind<unknown>[] = [http, tcp, command];
