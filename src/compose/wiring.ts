import type { ConfiguredLeaf, ConfiguredSecret, LoadedConfig } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import type { Policy } from "../domain/policy.ts";
import type {
  Connection,
  Context,
  Issuer,
  IssuerKind,
  Probe,
  Target,
  TargetContext,
} from "../domain/ports.ts";
import type { Clock, Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import { ProbedConsumer } from "../run/probed-consumer.ts";
import type { Wiring } from "../run/ports.ts";
import { windowOpensAt } from "../schedule/window.ts";
import { kindOf, type Kinds } from "./kinds.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Connects the leaves of each secret when they are first asked for, and keeps them until `close`. */
export class ConfiguredWiring implements Wiring {
  readonly secrets: readonly SecretName[];
  readonly #config: LoadedConfig;
  readonly #kinds: Kinds;
  readonly #clock: Clock;
  readonly #env: Environment;
  readonly #byName: ReadonlyMap<SecretName, ConfiguredSecret>;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #connected = new Map<string, Connection>();
  readonly #issuers = new Map<SecretName, Promise<Issuer>>();
  readonly #targets = new Map<SecretName, Promise<readonly Target[]>>();

  constructor(config: LoadedConfig, kinds: Kinds, clock: Clock, env: Environment) {
    this.#config = config;
    this.#kinds = kinds;
    this.#clock = clock;
    this.#env = env;
    this.#byName = new Map(config.secrets.map((each) => [each.secret, each]));
    this.secrets = config.secrets.map((each) => each.secret);
  }

  has(secret: SecretName): boolean {
    return this.#byName.has(secret);
  }

  policy(secret: SecretName): ConfiguredSecret {
    const found = this.#byName.get(secret);
    if (found !== undefined) return found;
    throw new RotationError("secret-unconfigured", {
      kind: "rejected",
      subject: secret,
      message: `the journal has work for ${secret}, which the configuration no longer has`,
      hint: "Put the secret back into the configuration until its runs are over and its versions retired.",
    });
  }

  windowOpensAt({ window, timezone }: Policy, from: Instant): Instant {
    return window === null ? from : windowOpensAt(window, timezone, from);
  }

  material(secret: SecretName): IssuerKind["material"] {
    return kindOf(this.#kinds.issuers, this.policy(secret).issuer).material;
  }

  connections(secret: SecretName): readonly string[] {
    const { issuer, targets, probes } = this.policy(secret);
    return [...new Set([issuer, ...targets, ...probes].flatMap(connectionsIn))];
  }

  issuer(secret: SecretName): Promise<Issuer> {
    return remembered(this.#issuers, secret, async () => {
      const { issuer } = this.policy(secret);
      await this.#connectFor(issuer);
      return kindOf(this.#kinds.issuers, issuer).connect(issuer.config, secret, this.#context());
    });
  }

  targets(secret: SecretName): Promise<readonly Target[]> {
    return remembered(this.#targets, secret, async () => {
      const { targets, probes } = this.policy(secret);
      const connected = await Promise.all(probes.map((probe) => this.#probe(probe)));
      return Promise.all(targets.map((target) => this.#target(target, secret, connected)));
    });
  }

  async close(): Promise<void> {
    const issuers = [...this.#issuers.values()].map(async (issuer) => (await issuer).close());
    const targets = [...this.#targets.values()].map(async (all) => {
      for (const target of await all) await target.close();
    });
    await Promise.allSettled([...issuers, ...targets]);
    await Promise.allSettled([...this.#connected.values()].map((connection) => connection.close()));
  }

  async #target(leaf: ConfiguredLeaf, secret: SecretName, probes: readonly Probe[]): Promise<Target> {
    await this.#connectFor(leaf);
    const context: TargetContext = {
      ...this.#context(),
      reload: async (config) => {
        const reload = config as ConfiguredLeaf;
        await this.#connectFor(reload);
        return kindOf(this.#kinds.reloads, reload).connect(reload.config, this.#context());
      },
    };
    const target = await kindOf(this.#kinds.targets, leaf).connect(leaf.config, secret, context);
    const bySecret = new Map([[secret, probes]]);
    return {
      store: target.store,
      consumers: async (signal) =>
        (await target.consumers(signal)).map((consumer) => new ProbedConsumer(consumer, bySecret)),
      close: () => target.close(),
    };
  }

  async #probe(leaf: ConfiguredLeaf): Promise<Probe> {
    await this.#connectFor(leaf);
    return kindOf(this.#kinds.probes, leaf).connect(leaf.config, this.#context());
  }

  #context(): Context {
    return {
      clock: this.#clock,
      env: this.#env,
      connection: <T>(_kind: string, name: string): T => {
        const found = this.#connected.get(name);
        if (found !== undefined) return found as T;
        throw new RotationError("config-invalid", {
          kind: "rejected",
          message: `there is no connection ${name}`,
        });
      },
    };
  }

  /** A leaf names its connection with the key `connection`; kinds without one need none. */
  async #connectFor({ config }: ConfiguredLeaf): Promise<void> {
    const name = connectionIn(config);
    if (name === null || this.#connected.has(name)) return;
    const connection = await remembered(this.#connections, name, () => this.#connect(name));
    this.#connected.set(name, connection);
  }

  async #connect(name: string): Promise<Connection> {
    const leaf = this.#config.connections.get(name);
    if (leaf === undefined) {
      throw new RotationError("config-invalid", {
        kind: "rejected",
        message: `there is no connection ${name}`,
      });
    }
    return kindOf(this.#kinds.connections, leaf).connect(leaf.config, { clock: this.#clock, env: this.#env });
  }
}

function connectionIn(config: unknown): string | null {
  const name =
    typeof config === "object" && config !== null && "connection" in config ? config.connection : null;
  return typeof name === "string" ? name : null;
}

/** A leaf's own connection, and those of the reloads in it. */
function connectionsIn({ config }: ConfiguredLeaf): readonly string[] {
  const own = connectionIn(config);
  const within =
    typeof config === "object" && config !== null && "reload" in config && Array.isArray(config.reload)
      ? (config.reload as readonly ConfiguredLeaf[]).flatMap(connectionsIn)
      : [];
  return own === null ? within : [own, ...within];
}

/** One attempt serves everybody who asks meanwhile; a failed one is forgotten, so that the next asks again. */
function remembered<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = kept.get(key);
  if (found !== undefined) return found;
  const made = make().catch((thrown: unknown) => {
    kept.delete(key);
    throw thrown;
  });
  kept.set(key, made);
  return made;
}
