/**
 * Thousands of secrets that were rotated once, in a journal, an audit log and a configuration on disk, for a daemon of its
 * own. The first of them are due at the same instant; some of those need a far side that takes connections and never says
 * a word, the others write a file and look at a port.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DAY_MS, SECOND_MS, type Instant } from "../../src/domain/time.ts";
import { formatMarker } from "../../src/domain/version.ts";
import { generateSealKey } from "../../src/journal/seal-key.ts";
import { copyName } from "../../src/targets/file/copy.ts";
import { fillState, type Aged } from "./fill-state.ts";
import { writeCrowdConfig } from "./write-crowd-config.ts";

export interface CrowdOptions {
  readonly size: number;
  /** How many are due together. */
  readonly due: number;
  /** How many of those need the far side that never answers. */
  readonly hanging: number;
  readonly splayMs: number;
  /** What the clock of its daemon shows when it is made; the machine's when left out. */
  readonly now?: Instant;
}

const AGE_MS = 90 * DAY_MS;
/** Those that are not due were made one after the other, up to so long ago. */
const YOUNGER_MS = 80 * DAY_MS;

export class Crowd {
  readonly folder: string;
  readonly configFile: string;
  readonly hanging: readonly string[];
  readonly healthy: readonly string[];
  readonly #options: CrowdOptions;
  readonly #secrets: readonly Aged[];
  readonly #silence: Silence;
  readonly #madeAt: Instant;

  private constructor(folder: string, options: CrowdOptions, silence: Silence) {
    this.folder = folder;
    this.configFile = join(folder, "keyturn.yaml");
    this.#options = options;
    this.#silence = silence;
    // To the second: so is what a policy says.
    this.#madeAt = Math.floor((options.now ?? Date.now()) / SECOND_MS) * SECOND_MS;
    this.#secrets = Array.from({ length: options.size }, (_, n) => this.#aged(n));
    const due = this.#secrets.slice(0, options.due).map(({ secret }) => secret);
    this.hanging = due.slice(0, options.hanging);
    this.healthy = due.slice(options.hanging);
  }

  static async make(options: CrowdOptions): Promise<Crowd> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-crowd-")));
    const crowd = new Crowd(folder, options, await Silence.listen());
    writeFileSync(join(folder, "seal.key"), generateSealKey(), { mode: 0o600 });
    writeFileSync(join(folder, "admin.secret"), "never asked for", { mode: 0o600 });
    for (const each of crowd.#secrets.slice(0, options.due)) placeCopy(each);
    await fillState(crowd.stateDir, crowd.#secrets);
    return crowd;
  }

  get stateDir(): string {
    return join(this.folder, "state");
  }

  /** By the configuration as it is from now on. The splay comes on top. */
  beDueAt(at: Instant): void {
    const maxAgeS = Math.ceil((AGE_MS + at - this.#madeAt) / SECOND_MS);
    this.follow({ maxAge: `${maxAgeS}s`, splay: `${this.#options.splayMs / SECOND_MS}s`, overlap: "1h" });
  }

  /** Writes the configuration, with this policy for everyone. */
  follow(policy: object): void {
    writeCrowdConfig(this.folder, {
      secrets: this.#secrets,
      hanging: this.#secrets.slice(0, this.#options.hanging),
      policy,
      port: this.#silence.port,
    });
  }

  async close(): Promise<void> {
    await this.#silence.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #aged(n: number): Aged {
    const { size, due } = this.#options;
    const secret = `secret_${n}`;
    const path = join(this.folder, "secrets", secret, "value");
    const younger = YOUNGER_MS * ((n - due) / size);
    const createdAt = this.#madeAt - (n < due ? AGE_MS : YOUNGER_MS - Math.floor(younger));
    return { secret, run: `run${String(n).padStart(6, "0")}`, createdAt, path };
  }
}

/** As the first rotation left it. */
function placeCopy({ secret, run, path }: Aged): void {
  const copy = copyName("value", { secret, version: 1, marker: formatMarker(secret, run, 1) });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(join(dirname(path), copy), "an old value", { mode: 0o400 });
  symlinkSync(copy, path);
}

/** Takes connections and says nothing. */
class Silence {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
    });
  }

  static async listen(): Promise<Silence> {
    const silence = new Silence();
    await new Promise<void>((resolve) => silence.#server.listen(0, "127.0.0.1", resolve));
    return silence;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
