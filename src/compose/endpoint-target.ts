import { peerName, type Target } from "../certificates/index.ts";
import { addressOf, parseEndpoint, type StartTls } from "../domain/endpoint.ts";

/** How a server is asked, where its address does not say it all. */
export interface EndpointWishes {
  /** What the leaf must be for; empty for the server's own name. */
  readonly names: readonly string[];
  /** `null`: the first of the names, or the host. */
  readonly servername: string | null;
  /** `null`: as the port or the URL says. */
  readonly startTls: StartTls | "none" | null;
}

/** `null` when the text is no address of a server. */
export function endpointTarget(
  text: string,
  { names, servername, startTls }: EndpointWishes,
): (Target & { readonly kind: "endpoint" }) | null {
  const endpoint = parseEndpoint(text);
  if (endpoint === null) return null;
  const asked = servername ?? names[0] ?? endpoint.host;
  return {
    kind: "endpoint",
    label: `${addressOf(endpoint)}${asked === endpoint.host ? "" : ` as ${asked}`}`,
    endpoint: {
      ...endpoint,
      servername: asked,
      ...(startTls !== null && { startTls: startTls === "none" ? null : startTls }),
    },
    names: (names.length > 0 ? names : [asked]).map(peerName),
  };
}
