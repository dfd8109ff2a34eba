import { command } from "./command.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";

/** Every way to prove that something works. */
export const probes = [http, tcp, command] as const;
