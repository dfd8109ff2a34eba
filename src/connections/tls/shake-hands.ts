import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect } from "node:tls";
import { ConnectionClosed, refused } from "./open-socket.ts";
import type { Endpoint } from "../../domain/endpoint.ts";

const LONGEST = 100;

/**
 * The certificates from a whole handshake of TLS 1.3. (`getPeerX509Certificate` links them as they were sent;
 * `getPeerCertificate` would sort them, and leave out what does not belong.)
 */
export function shakeHands(endpoint: Endpoint, socket: Socket): Promise<readonly Uint8Array[]> {
  const { servername } = endpoint;
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      // What it shows is judged elsewhere; without anchors none of ours is put at its end.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ca: [],
      minVersion: "TLSv1.3",
      ...(isIP(servername) === 0 && servername !== "" && { servername }),
    });
    secure.once("secureConnect", () => {
      const leaf = secure.getPeerX509Certificate();
      secure.destroy();
      if (leaf === undefined) reject(refused(endpoint, "it shows no certificate"));
      else resolve(chainOf(leaf));
    });
    secure.once("error", (error: NodeJS.ErrnoException) =>
      reject(refused(endpoint, `it refuses the handshake (${error.code ?? "no reason given"})`)),
    );
    secure.once("close", () => reject(new ConnectionClosed()));
  });
}

function chainOf(leaf: X509Certificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (
    let next: X509Certificate | undefined = leaf;
    next !== undefined && chain.length < LONGEST && !next.raw.equals(chain.at(-1) ?? new Uint8Array());
    next = next.issuerCertificate
  )
    chain.push(next.raw);
  return chain;
}
