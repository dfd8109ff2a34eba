import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { RotationError } from "../../domain/errors.ts";
import { clientHello, RANDOM_LENGTH } from "./client-hello.ts";
import { addressOf, type Endpoint } from "../../domain/endpoint.ts";
import { HandshakeReader, NotTls, ServerAlert, type ServerFlight } from "./handshake-reader.ts";
import { ConnectionClosed, openSocket, readUntil, refused } from "./open-socket.ts";
import { provesKey } from "./proves-key.ts";
import { shakeHands } from "./shake-hands.ts";

/** What a server sends to a client that asks for this name. */
export interface Served {
  /** DER, in the order in which they are sent. */
  readonly certificates: readonly Uint8Array[];
  /** Whether it showed that it has the key of its first certificate; `null` when that was not seen. */
  readonly provesKey: boolean | null;
}

/** Alerts of servers that do not want TLS 1.2: handshake_failure, protocol_version, insufficient_security. */
const WANTS_ANOTHER_VERSION: ReadonlySet<number> = new Set([40, 70, 71]);

/**
 * The certificates that a server sends, read from its side of a TLS 1.2 handshake, which is then given up: nothing is
 * sent to it beyond a hello. All of it within `deadlineMs`, however slowly it answers.
 *
 * @throws RotationError `unreachable`, `timeout`, `unexpected-answer` or `aborted`.
 */
export async function readServed(
  endpoint: Endpoint,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Served> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const stop = AbortSignal.any([signal, deadline]);
  try {
    return await readFlight(endpoint, stop);
  } catch (thrown) {
    if (signal.aborted)
      throw new RotationError("aborted", { kind: "transient", message: "the check was cancelled" });
    if (deadline.aborted) throw tooSlow(endpoint, deadlineMs);
    if (thrown instanceof NotTls) throw refused(endpoint, thrown.message);
    if (thrown instanceof ServerAlert)
      throw refused(endpoint, `it refuses the handshake (TLS alert ${thrown.description})`);
    if (thrown instanceof ConnectionClosed) throw refused(endpoint, "it closes the connection");
    throw thrown;
  }
}

async function readFlight(endpoint: Endpoint, stop: AbortSignal): Promise<Served> {
  const socket = await openSocket(endpoint, stop);
  try {
    const random = randomBytes(RANDOM_LENGTH);
    socket.write(clientHello(endpoint.servername, random));
    const reader = new HandshakeReader();
    const flight = await readUntil(socket, (chunk): ServerFlight | undefined => reader.read(chunk));
    return { certificates: flight.certificates, provesKey: provesKey(flight, random) };
  } catch (thrown) {
    const isNewer = thrown instanceof ServerAlert && WANTS_ANOTHER_VERSION.has(thrown.description);
    if (!isNewer) throw thrown;
  } finally {
    giveUp(socket);
  }
  return {
    certificates: await shakeHands(endpoint, await openSocket(endpoint, stop)),
    // The handshake would have failed.
    provesKey: true,
  };
}

/** user_canceled and close_notify (RFC 5246 section 7.2), so that the server's log does not speak of an attack. */
const GOODBYE = Buffer.from([21, 3, 3, 0, 2, 1, 90, 21, 3, 3, 0, 2, 1, 0]);

function giveUp(socket: Socket): void {
  if (socket.writable) socket.end(GOODBYE);
  socket.destroySoon();
}

function tooSlow(endpoint: Endpoint, deadlineMs: number): RotationError {
  return new RotationError("timeout", {
    kind: "transient",
    message: `${addressOf(endpoint)} did not show its certificates within ${deadlineMs / 1000} s`,
    hint: "Does it speak TLS on that port, and from the first octet? `--starttls` names the protocol that begins in plain text.",
  });
}
