import type { Context } from "../../../src/domain/ports.ts";
import { systemClock } from "../../../src/domain/system-clock.ts";

/** The machine's clock and PATH; `client` answers to every connection. */
export function contextWith(client?: unknown): Context {
  return {
    clock: systemClock,
    env: { PATH: process.env["PATH"] ?? "", HOME: "/", KEYTURN_PLANTED: "not for children" },
    connection: <T>() => {
      if (client === undefined) throw new Error("no connection");
      return client as T;
    },
  };
}
