/** The daemon's log: JSON lines on standard output, with the priority before each where journald reads them. */
import { writeSync } from "node:fs";
import { pino, type DestinationStream } from "pino";
import type { LogLevel } from "../config/config.ts";
import type { DaemonLog } from "../daemon/log.ts";
import { openLogSink } from "../sinks/log.ts";

const STDOUT = 1;
/** pino's levels as syslog(3) counts them. */
const PRIORITY: Readonly<Record<number, number>> = { 20: 7, 30: 6, 40: 4, 50: 3 };

export interface LevelledStream extends DestinationStream {
  lastLevel: number;
}

export function openDaemonLog(level: LogLevel, journald: boolean): DaemonLog {
  const destination = lines(journald);
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const sink = openLogSink({ level, destination });
  return {
    write: (at, event, fields = {}) => log[at](fields, event),
    entry: (entry) => void sink.observe(entry),
  };
}

/** A reader that is gone or slow loses lines; a rotation waits for nobody who reads its log. */
function lines(journald: boolean): LevelledStream & { readonly [pinoMetadata]: true } {
  const stream = {
    [pinoMetadata]: true as const,
    lastLevel: 30,
    write: (line: string): void => {
      try {
        writeSync(STDOUT, journald ? `<${PRIORITY[stream.lastLevel] ?? 6}>${line}` : line);
      } catch {
        // Nowhere to say so.
      }
    },
  };
  return stream;
}

/** pino tells a stream that carries this symbol the level of each line before it writes it. */
const pinoMetadata = Symbol.for("pino.metadata");
