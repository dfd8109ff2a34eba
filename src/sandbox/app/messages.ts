/** What the sample application and the sandbox say to each other. Never a secret. */

export interface ApplicationSettings {
  /** Where it signs in. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly caFile: string;
  /** The stable path of its secret. */
  readonly secretFile: string;
  readonly pidFile: string;
  /** Where the certificate and the key of its page are: `fullchain.pem` and `privkey.pem`. Null for no page. */
  readonly tlsFolder: string | null;
  /** How long it pauses between two sign-ins. */
  readonly pauseMs: number;
}

export interface Counts {
  readonly tried: number;
  /** Refused, or given up after several interruptions. */
  readonly failed: number;
  /** Throttled, answered with a fault or cut off: tried again, as any client has to. */
  readonly interrupted: number;
  /** The version of the secret that last signed in; 0 for the one made by hand, null before the first sign-in. */
  readonly version: number | null;
}

export type FromApplication =
  | { readonly type: "ready"; readonly healthPort: number; readonly pagePort: number | null }
  | { readonly type: "counts"; readonly counts: Counts };

export type ToApplication =
  /** From now on, reloads of a newer version are ignored: an application that cannot read what it gets. */
  { readonly type: "ignore-newer" } | { readonly type: "stop" };

/** The User-Agent of its requests. */
export const AGENT = "keyturn-sample-application";
