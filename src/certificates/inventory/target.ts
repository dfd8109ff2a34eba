import type { Endpoint } from "../../domain/endpoint.ts";
import type { PeerName } from "../names/peer-name.ts";

export type Target = { readonly kind: "path"; readonly path: string } | RemoteTarget;

/** What is not a file. */
export type RemoteTarget =
  | {
      readonly kind: "endpoint";
      /** For people, and what tells two apart. */
      readonly label: string;
      readonly endpoint: Endpoint;
      readonly names: readonly PeerName[];
    }
  | {
      readonly kind: "docker-config";
      readonly label: string;
      readonly connection: string | null;
      readonly name: string;
    };

/** What a server showed. */
export interface ServedCertificates {
  /** DER, in the order in which they were sent. */
  readonly certificates: readonly Uint8Array[];
  /** `false` when it showed that it does not have the key; `null` when that was not seen. */
  readonly provesKey: boolean | null;
}

/** How what is not on this machine's disk is reached. Both throw `RotationError`. */
export interface Sources {
  served(endpoint: Endpoint, signal: AbortSignal): Promise<ServedCertificates>;
  dockerConfig(connection: string | null, name: string, signal: AbortSignal): Promise<Uint8Array>;
}
