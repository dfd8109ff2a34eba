import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { CertificateProbeConfig } from "./config.ts";

/** One handshake that is to be done: a replica, asked for one name. */
export interface Endpoint {
  /** Tells it apart: `192.0.2.7:443 as example.com`. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly servername: string;
}

/** Every name at every replica; empty when the host's name does not resolve. */
export async function endpointsOf(config: CertificateProbeConfig): Promise<readonly Endpoint[]> {
  const { host, port, names = [host] } = config;
  const places = await placesOf(config);
  return places.flatMap((place) =>
    names.map((servername) => {
      const at = `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port ?? port}`;
      return { id: `${at} as ${servername}`, host: place.host, port: place.port ?? port, servername };
    }),
  );
}

interface Place {
  readonly host: string;
  readonly port: number | null;
}

async function placesOf({ host, addresses }: CertificateProbeConfig): Promise<readonly Place[]> {
  if (addresses === undefined) return [{ host, port: null }];
  if (addresses !== "all") return addresses.map(placeOf);
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => ({ host: address, port: null }));
}

function placeOf(text: string): Place {
  if (isIP(text) > 0) return { host: text, port: null };
  const [, host = text, port] = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === undefined ? null : Number(port) };
}
