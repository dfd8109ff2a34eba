import { connect, type Socket } from "node:net";
import { RotationError } from "../../domain/errors.ts";
import { addressOf, type Endpoint } from "../../domain/endpoint.ts";
import { startTlsDialogue, StartTlsRefused, type Dialogue } from "./start-tls.ts";

/** A connection on which TLS may begin: opened, and through its STARTTLS. It is destroyed when the signal is aborted. */
export async function openSocket(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { host, port, startTls } = endpoint;
  const socket = connect({ host, port, noDelay: true });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  // Whoever reads from it listens as well; without this one, an error between two readers would end the process.
  socket.on("error", () => {});
  try {
    await connected(socket, endpoint, signal);
    if (startTls !== null) await runDialogue(socket, startTlsDialogue(startTls));
    return socket;
  } catch (thrown) {
    socket.destroy();
    if (thrown instanceof StartTlsRefused) throw refused(endpoint, thrown.message);
    throw thrown;
  }
}

function connected(socket: Socket, endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (error: NodeJS.ErrnoException) => reject(unreachable(endpoint, error.code)));
    socket.once("close", () => reject(unreachable(endpoint, undefined)));
    if (signal.aborted) socket.destroy();
  });
}

async function runDialogue(socket: Socket, dialogue: Dialogue): Promise<void> {
  if (dialogue.first !== null) socket.write(dialogue.first);
  await readUntil(socket, (chunk) => {
    const next = dialogue.read(chunk);
    if (typeof next === "object") socket.write(next.send);
    return next === "done" ? true : undefined;
  });
}

/** Gives what comes to `take` until that returns something. Rejects when `take` throws, or when nothing more comes. */
export function readUntil<T>(socket: Socket, take: (chunk: Buffer) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off("data", read).off("close", closed);
      socket.pause();
    };
    const read = (chunk: Buffer): void => {
      try {
        const taken = take(chunk);
        if (taken === undefined) return;
        settle();
        resolve(taken);
      } catch (thrown) {
        settle();
        reject(thrown instanceof Error ? thrown : new Error("it could not be read"));
      }
    };
    const closed = (): void => {
      settle();
      reject(new ConnectionClosed());
    };
    socket.on("data", read).once("close", closed).resume();
  });
}

export class ConnectionClosed extends Error {}

function unreachable(endpoint: Endpoint, code: string | undefined): RotationError {
  return new RotationError("unreachable", {
    kind: "transient",
    message: `${addressOf(endpoint)} could not be reached (${code ?? "closed"})`,
    hint: "Is the server running, and may this machine reach it?",
  });
}

export function refused(endpoint: Endpoint, problem: string): RotationError {
  return new RotationError("unexpected-answer", {
    kind: "rejected",
    message: `${addressOf(endpoint)}: ${problem}`,
    hint: "Does it speak TLS on that port? `--starttls` names the protocol that begins in plain text.",
  });
}
