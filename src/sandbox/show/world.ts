/** The stand-in, the application, a site and keyturn's configuration, started together and gone together. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../domain/system-clock.ts";
import { AGENT } from "../app/messages.ts";
import { startApplication, type Application } from "../app/start-application.ts";
import { startEntraSandbox, type EntraSandbox, type SandboxApp } from "../entra/start-entra-sandbox.ts";
import { Site } from "../web/site.ts";
import { placesIn, writeConfig, writeSurroundings, type Times } from "./write-config.ts";

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
  readonly entra: EntraSandbox;
  readonly registered: SandboxApp;
  readonly application: Application;
  readonly site: Site;
}

export class World {
  readonly folder: string;
  readonly entra: EntraSandbox;
  readonly application: Application;
  readonly site: Site;
  readonly #registered: SandboxApp;

  private constructor(folder: string, { entra, registered, application, site }: Parts) {
    this.folder = folder;
    this.entra = entra;
    this.#registered = registered;
    this.application = application;
    this.site = site;
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
      const application = await startApplication({
        ...placesIn(folder),
        tokenUrl: `${entra.origin}/${entra.tenant}/oauth2/v2.0/token`,
        clientId: registered.appId,
        pauseMs: PAUSE_MS,
      });
      undo.defer(() => application.stop());
      const site = await Site.start(folder);
      undo.defer(() => site.stop());
      const { healthUrl } = application;
      const { port } = site.server;
      writeConfig({ folder, entra, application: registered.appId, healthUrl, port, ...times });
      return new World(folder, { entra, registered, application, site });
    } catch (thrown) {
      await undo.disposeAsync();
      throw thrown;
    }
  }

  get configFile(): string {
    return placesIn(this.folder).configFile;
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
    await this.application.stop();
    await this.site.stop();
    await this.entra.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
