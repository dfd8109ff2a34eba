import type { ProbeKind } from "../domain/ports.ts";
import { certificate } from "./certificate.ts";
import { command } from "./command.ts";
import { dockerHealth } from "./docker-health.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";
import { tls } from "./tls.ts";

/** Every way to prove that something works. */
export const probes: readonly ProbeKind<unknown>[] = [http, tcp, tls, certificate, dockerHealth, command];
