/** The command line's end of the operator socket. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { reviveError, RotationError, type RecordedError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import { packRequest } from "../run/work-message.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";

export interface Question {
  readonly socket: string;
  readonly request: WorkRequest;
  readonly observe: (entry: Entry) => void;
  readonly signal: AbortSignal;
}

type Told =
  | { readonly type: "entry"; readonly entry: Entry }
  | { readonly type: "result"; readonly result: WorkResult }
  | { readonly type: "error"; readonly error: RecordedError };

/** Nobody listens there, or it is not for us. */
const NO_DAEMON: ReadonlySet<string> = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "EACCES",
  "EPERM",
  "ENOTDIR",
  "ENOTSOCK",
  "EINVAL",
]);

/** Has the daemon do it; null when there is none, so that it must be done here. */
export async function askDaemon(question: Question): Promise<WorkResult | null> {
  const response = await post(question);
  if (response === null) return null;
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    const told = JSON.parse(line) as Told | { readonly error: RecordedError };
    if (!("type" in told) || told.type === "error") throw reviveError(told.error);
    if (told.type === "result") return told.result;
    question.observe(told.entry);
  }
  throw cutOff();
}

function post({ socket, request, signal }: Question): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { socketPath: socket, path: "/v1/work", method: "POST", signal, agent: false },
      resolve,
    );
    sent.on("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(leftBehind());
      else if (NO_DAEMON.has(error.code ?? "")) resolve(null);
      else reject(cutOff());
    });
    sent.end(JSON.stringify(packRequest(request)));
  });
}

function cutOff(): RotationError {
  return new RotationError("aborted", {
    kind: "outcome-unknown",
    message: "the daemon ended, or broke off, before the work was over",
    hint: "Nothing is lost: it goes on when it runs again. `keyturn status` tells how it ended.",
  });
}

function leftBehind(): RotationError {
  return new RotationError("aborted", {
    kind: "outcome-unknown",
    message: "the daemon goes on with it by itself",
    hint: "`keyturn status` tells how it ended.",
  });
}
