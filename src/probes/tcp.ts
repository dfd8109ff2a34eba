/** Passes when a TCP connection can be made. */
import { connect } from "node:net";
import { z } from "zod";
import { inspectLook } from "./inspect-look.ts";
import { poll, type Look } from "./poll.ts";
import { durationSchema } from "../connections/schema.ts";
import type { Probe, ProbeKind } from "../domain/ports.ts";
import { SECOND_MS } from "../domain/time.ts";

const CONNECT_MS = 5 * SECOND_MS;

const tcpSchema = z.strictObject({
  kind: z.literal("tcp"),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  within: durationSchema.prefault("60s"),
  every: durationSchema.prefault("1s"),
});

type TcpConfig = z.infer<typeof tcpSchema>;

export const tcp: ProbeKind<TcpConfig> = {
  kind: "tcp",
  schema: tcpSchema,
  async connect({ host, port, within, every }, { clock }) {
    const subject = `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const look = (signal: AbortSignal) => lookAt(host, port, signal);
    return {
      id: subject,
      probe: (_version, signal) =>
        poll({ subject, withinMs: within, everyMs: every, lookMs: CONNECT_MS, look }, clock, signal),
      inspect: (_around, signal) => inspectLook(subject, CONNECT_MS, signal, look),
    } satisfies Probe;
  },
};

function lookAt(host: string, port: number, signal: AbortSignal): Promise<Look<"probed">> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const stop = (): void => {
      socket.destroy();
      reject(new Error("aborted"));
    };
    signal.addEventListener("abort", stop, { once: true });
    const settle = (look: Look<"probed">): void => {
      signal.removeEventListener("abort", stop);
      socket.destroy();
      resolve(look);
    };
    socket.once("connect", () => settle({ passed: "probed" }));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      settle({ seen: error.code ?? "a connection error" }),
    );
    if (signal.aborted) stop();
  });
}
