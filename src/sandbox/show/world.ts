/** The stand-in, the application and keyturn's configuration, started together and gone together. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../domain/system-clock.ts";
import { AGENT } from "../app/messages.ts";
import { startApplication, type Application } from "../app/start-application.ts";
import { startEntraSandbox, type EntraSandbox, type SandboxApp } from "../entra/start-entra-sandbox.ts";
import { createAuthority, type Authority } from "../tls/authority.ts";
import { Visitors } from "./visitors.ts";
import { placesIn, writeConfig, writePair, writeSurroundings, type Times } from "./write-config.ts";

/** Quicker than the real one (4 to 18 seconds, sometimes minutes), and as uneven. */
const NEW_SECRET_WORKS_AFTER_MS = [1_200, 2_600] as const;
const PAUSE_MS = 150;

export interface WorldOptions extends Times {
  readonly seed: number;
}

/** The application's sign-ins as the stand-in saw them. */
export interface SeenSignIns {
  readonly accepted: number;
  readonly refused: number;
  readonly interrupted: number;
}

/** The application's secrets at the stand-in, whatever its replicas say. */
export interface LiveSecrets {
  /** Markers of those that keyturn made. */
  readonly marked: readonly string[];
  readonly madeByHand: number;
}

interface Parts {
  readonly folder: string;
  readonly entra: EntraSandbox;
  readonly registered: SandboxApp;
  readonly application: Application;
  readonly authority: Authority;
  readonly visitors: Visitors;
}

/** The application's first one, put there by hand, as it also lies where somebody renews it. */
function putCertificate(folder: string, authority: Authority): void {
  const { tlsFolder, renewedFolder, pageCaFile } = placesIn(folder);
  const byHand = authority.issueServer();
  writePair(tlsFolder, byHand);
  writePair(renewedFolder, byHand);
  writeFileSync(pageCaFile, authority.caPem);
}

export class World {
  readonly folder: string;
  readonly entra: EntraSandbox;
  readonly application: Application;
  readonly visitors: Visitors;
  readonly #registered: SandboxApp;
  readonly #authority: Authority;

  private constructor({ folder, entra, registered, application, authority, visitors }: Parts) {
    this.folder = folder;
    this.entra = entra;
    this.application = application;
    this.visitors = visitors;
    this.#registered = registered;
    this.#authority = authority;
  }

  static async start({ seed, ...times }: WorldOptions): Promise<World> {
    const undo = new AsyncDisposableStack();
    try {
      const folder = mkdtempSync(join(tmpdir(), "keyturn-sandbox-"));
      undo.defer(() => rmSync(folder, { recursive: true, force: true }));
      const entra = await startEntraSandbox({
        seed,
        clock: systemClock,
        replication: { signIn: NEW_SECRET_WORKS_AFTER_MS },
      });
      undo.defer(() => entra.close());
      const registered = entra.addApp({ displayName: "sample application" });
      writeSurroundings(folder, entra, registered.addSecret("made by hand").secretText);
      const authority = createAuthority("sandbox web authority", systemClock.now());
      putCertificate(folder, authority);
      const application = await startApplication({
        ...placesIn(folder),
        tokenUrl: `${entra.origin}/${entra.tenant}/oauth2/v2.0/token`,
        clientId: registered.appId,
        pauseMs: PAUSE_MS,
      });
      undo.defer(() => application.stop());
      const { healthUrl, pagePort } = application;
      if (pagePort === null) throw new Error("the application has no page");
      writeConfig({ folder, entra, application: registered.appId, healthUrl, pagePort, ...times });
      const visitors = new Visitors({ port: pagePort, caPem: authority.caPem });
      undo.move();
      return new World({ folder, entra, registered, application, authority, visitors });
    } catch (thrown) {
      await undo.disposeAsync();
      throw thrown;
    }
  }

  get configFile(): string {
    return placesIn(this.folder).configFile;
  }

  /** What certbot would do. Gives the new certificate's fingerprint. */
  renewCertificate(): string {
    const renewed = this.#authority.issueServer();
    writePair(placesIn(this.folder).renewedFolder, renewed);
    return new X509Certificate(renewed.certPem).fingerprint256;
  }

  live(): LiveSecrets {
    const names = this.entra.credentialsOf(this.#registered.appId).map((each) => each.displayName ?? "");
    const marked = names.filter((name) => name.startsWith("keyturn:"));
    return { marked, madeByHand: names.length - marked.length };
  }

  signInsSeen(): SeenSignIns {
    const answers = this.entra.requests.filter(
      ({ operation, agent }) => operation === "token" && agent === AGENT,
    );
    const accepted = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 400 || status === 401).length;
    return { accepted, refused, interrupted: answers.length - accepted - refused };
  }

  async close(): Promise<void> {
    await this.visitors.stop();
    await this.application.stop();
    await this.entra.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
