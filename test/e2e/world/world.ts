/**
 * A whole world on this machine: an Entra tenant that lags and fails, a consumer that signs in there all the time with
 * whatever it holds, a configuration in a folder of its own, and keyturn as a child process.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fault, Operation } from "../../../src/sandbox/entra/faults.ts";
import {
  startEntraSandbox,
  type EntraSandbox,
  type SandboxApp,
} from "../../../src/sandbox/entra/start-entra-sandbox.ts";
import { commandEnvironment, startKeyturn, type Finished, type Running } from "./start-keyturn.ts";
import { removeFaketimeTraces, WorldClock } from "./world-clock.ts";
import { writeConfig, type ConfigParts, type Section } from "./write-config.ts";

export const SECRET = "azure_secret";

/** What a consumer is built on. */
export interface Ground {
  readonly folder: string;
  readonly entra: EntraSandbox;
  readonly app: SandboxApp;
  readonly handMade: string;
  readonly clock: WorldClock;
  readonly seed: number;
  readonly onEngineRequest: (request: string) => boolean;
}

export interface ConsumerSide {
  readonly connections: Readonly<Record<string, Section>>;
  readonly targets: readonly Section[];
  readonly probes: readonly Section[];
  /** Where copies are kept in plain, as configured; null when that is not a folder. */
  readonly secretsFolder: string | null;
  /** The consumer's own sign-ins: I1, measured from outside. */
  signIns(): { readonly tried: number; readonly failed: number };
  /** What each replica uses now; 0 is the secret made by hand. */
  heldVersions(): readonly number[];
  /** From now on no newer version comes into use. */
  refuseNewVersions(): void;
  timePassed(): void;
  close(): Promise<void>;
}

export interface WorldOptions<C extends ConsumerSide = ConsumerSide> {
  readonly seed: number;
  readonly consumer: (ground: Ground) => Promise<C>;
  readonly overlap?: string;
  readonly settle?: string;
  /** Whether keyturn's service principal owns the application. */
  readonly owned?: boolean;
}

/** New secrets work everywhere at the same moment: what verify saw, the consumer then sees too, on every replica. */
const WORKS_AFTER_MS = [600, 600] as const;

export class World<C extends ConsumerSide = ConsumerSide> {
  readonly folder: string;
  readonly entra: EntraSandbox;
  readonly app: SandboxApp;
  readonly consumer: C;
  readonly clock: WorldClock;
  /** Every secret text that ever was. */
  readonly canaries = new Set<string>();
  /** Every marker that the tenant was ever given. */
  readonly markers = new Set<string>();
  /** What every command printed. */
  readonly printed: string[] = [];
  readonly #options: WorldOptions<C>;
  readonly #watch: Watch;

  private constructor(options: WorldOptions<C>, ground: Ground, consumer: C, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
    ({ folder: this.folder, entra: this.entra, app: this.app, clock: this.clock } = ground);
    this.consumer = consumer;
    watch.look = () => this.#look();
    this.canaries.add(ground.handMade).add(ground.entra.admin.secret);
    this.configure();
  }

  static async start<C extends ConsumerSide>(options: WorldOptions<C>): Promise<World<C>> {
    const undo = new AsyncDisposableStack();
    try {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-e2e-")));
      undo.defer(() => rmSync(folder, { recursive: true, force: true }));
      const clock = new WorldClock();
      const { seed, owned = true } = options;
      const entra = await startEntraSandbox({ seed, clock, replication: { signIn: WORKS_AFTER_MS } });
      undo.defer(() => entra.close());
      const watch = watchRequests(entra);
      const app = entra.addApp({ displayName: "sam", owned });
      const handMade = app.addSecret("made by hand").secretText;
      writeFileSync(join(folder, "ca.pem"), entra.caPem);
      writeFileSync(join(folder, "admin.secret"), entra.admin.secret, { mode: 0o600 });
      writeFileSync(join(folder, "seal.key"), Buffer.alloc(32, seed % 251).toString("base64"), {
        mode: 0o600,
      });
      mkdirSync(join(folder, "tmp"));
      const onEngineRequest = (request: string): boolean => watch.onEngine(request);
      const ground = { folder, entra, app, handMade, clock, seed, onEngineRequest };
      return new World(options, ground, await options.consumer(ground), watch);
    } catch (thrown) {
      await undo.disposeAsync();
      throw thrown;
    }
  }

  get appId(): string {
    return this.app.appId;
  }

  get stateDir(): string {
    return join(this.folder, "state");
  }

  get configFile(): string {
    return join(this.folder, "keyturn.yaml");
  }

  /** The configuration as it is meant to be; a test changes what it wants to. */
  configure(change: (parts: ConfigParts) => ConfigParts = (parts) => parts): void {
    const { overlap = "1s", settle = "20s" } = this.#options;
    const { entra, folder, consumer } = this;
    writeConfig(
      folder,
      change({
        state: { dir: this.stateDir, sealKeyFile: join(folder, "seal.key") },
        connections: {
          entra: {
            kind: "entra",
            tenant: entra.tenant,
            clientId: entra.admin.clientId,
            auth: { clientSecretFile: join(folder, "admin.secret") },
            authorityHost: entra.origin,
            graphUrl: entra.origin,
            caFile: join(folder, "ca.pem"),
            timeout: "5s",
          },
          ...consumer.connections,
        },
        policy: { maxAge: "90d", overlap, retry: { attempts: 8, first: "100ms", max: "1s" } },
        secrets: {
          [SECRET]: {
            issuer: {
              kind: "entra-password",
              connection: "entra",
              application: this.appId,
              validFor: "180d",
              settle,
            },
            targets: consumer.targets,
            probes: consumer.probes,
          },
        },
      }),
    );
  }

  async keyturn(...args: readonly string[]): Promise<Finished> {
    return this.start(args).finished;
  }

  /** With something on standard input. */
  async given(input: string, ...args: readonly string[]): Promise<Finished> {
    return this.start(args, undefined, {}, input).finished;
  }

  start(
    args: readonly string[],
    onLine?: (line: string) => void,
    more: Readonly<Record<string, string>> = {},
    input?: string,
  ): Running {
    const env = { ...commandEnvironment(join(this.folder, "tmp")), ...this.clock.environment, ...more };
    const running = startKeyturn([...args, "--config", this.configFile], {
      env,
      ...(onLine === undefined ? {} : { onLine }),
      ...(input === undefined ? {} : { input }),
    });
    const finished = running.finished.then((ended) => {
      this.printed.push(ended.stdout, ended.stderr);
      removeFaketimeTraces(running.pid);
      this.#look();
      return ended;
    });
    return { ...running, finished };
  }

  advance(ms: number): void {
    this.clock.advance(ms);
    this.consumer.timePassed();
  }

  /** Told of each of keyturn's requests as it arrives; what it returns befalls the request. */
  onRequest(arrives: (operation: Operation) => Fault | null): void {
    this.#watch.onTenant = arrives;
  }

  /** The same for the engine: false keeps the request from it. */
  onEngineRequest(arrives: (request: string) => boolean): void {
    this.#watch.onEngine = arrives;
  }

  stopWatching(): void {
    this.#watch.onTenant = () => null;
    this.#watch.onEngine = () => true;
  }

  async close(): Promise<void> {
    await this.consumer.close();
    await this.entra.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #look(): void {
    for (const { secretText, displayName } of this.entra.credentialsOf(this.appId)) {
      this.canaries.add(secretText);
      if (displayName?.startsWith("keyturn:")) this.markers.add(displayName);
    }
  }
}

interface Watch {
  look: () => void;
  onTenant: (operation: Operation) => Fault | null;
  onEngine: (request: string) => boolean;
}

/** Every request asks for its fault first, before it has had an effect: there they can be seen arriving. */
function watchRequests({ faults }: EntraSandbox): Watch {
  const watch: Watch = { look: () => undefined, onTenant: () => null, onEngine: () => true };
  const take = faults.take.bind(faults);
  faults.take = (operation) => {
    watch.look();
    return watch.onTenant(operation) ?? take(operation);
  };
  return watch;
}
