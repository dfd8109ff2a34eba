/** A site whose certificate somebody else renews: the renewals, the server that is to serve them, and its visitors. */
import { X509Certificate } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../domain/system-clock.ts";
import { createAuthority, type Authority } from "../tls/authority.ts";
import { startWebServer, type WebServer } from "./start-web-server.ts";
import { Visitors } from "./visitors.ts";

/** Where everything lies below the sandbox's folder. */
export interface SitePlaces {
  /** Where renewals appear. */
  readonly live: string;
  /** Where the server reads. */
  readonly tls: string;
  readonly caFile: string;
  readonly pidFile: string;
}

export function sitePlaces(folder: string): SitePlaces {
  return {
    live: join(folder, "live"),
    tls: join(folder, "tls"),
    caFile: join(folder, "site-ca.pem"),
    pidFile: join(folder, "web-server.pid"),
  };
}

export class Site {
  readonly server: WebServer;
  readonly visitors: Visitors;
  readonly #places: SitePlaces;
  readonly #authority: Authority;

  private constructor(places: SitePlaces, authority: Authority, server: WebServer) {
    this.#places = places;
    this.#authority = authority;
    this.server = server;
    this.visitors = new Visitors(server.port, authority.caPem);
  }

  /** With a certificate that somebody copied there by hand. */
  static async start(folder: string): Promise<Site> {
    const places = sitePlaces(folder);
    const authority = createAuthority("sandbox site CA", systemClock.now());
    writeFileSync(places.caFile, authority.caPem);
    for (const each of [places.live, places.tls]) {
      mkdirSync(each, { mode: 0o700 });
      issueInto(each, authority);
    }
    const server = await startWebServer({
      certificateFile: join(places.tls, "fullchain.pem"),
      keyFile: join(places.tls, "privkey.pem"),
      pidFile: places.pidFile,
    });
    return new Site(places, authority, server);
  }

  /** What certbot does. Gives the new certificate's fingerprint, as Node writes it. */
  renew(): string {
    return issueInto(this.#places.live, this.#authority);
  }

  async stop(): Promise<void> {
    await this.visitors.leave();
    await this.server.stop();
  }
}

function issueInto(folder: string, authority: Authority): string {
  const { certPem, keyPem } = authority.issueServer();
  for (const [name, text] of [
    ["privkey.pem", keyPem],
    ["fullchain.pem", certPem],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return new X509Certificate(certPem).fingerprint256;
}
