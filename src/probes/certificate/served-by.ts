import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { Endpoint } from "./endpoints.ts";
import type { Look } from "../poll.ts";
import { shakeHands } from "../tls/handshake.ts";
import { parseCertificate, type Certificate } from "../../certificates/index.ts";

/** More than any server sends. */
const MOST = 20;

/** What a server sends to a client that knows nothing: nobody's trust is asked, so nothing is added to it. */
export function servedBy(endpoint: Endpoint, signal: AbortSignal): Promise<Look<readonly Certificate[]>> {
  return shakeHands({ ...endpoint, ca: [] }, signal, (socket) => {
    try {
      const list = listOf(socket).map((der) => parseCertificate(der));
      return list.length === 0 ? { seen: "no certificate" } : { passed: list };
    } catch {
      return { seen: "a certificate that is not well-formed" };
    }
  });
}

/** Node gives them linked, each with the next one; a self-signed one is linked to itself. */
function listOf(socket: TLSSocket): readonly Buffer[] {
  const list: Buffer[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  const seen = new Set<unknown>();
  while (next?.raw !== undefined && !seen.has(next) && list.length < MOST) {
    seen.add(next);
    list.push(next.raw);
    next = next.issuerCertificate;
  }
  return list;
}
