import type { ConfiguredLeaf, ConfiguredSecret, LoadedConfig } from "../config/config.ts";
import { RotationError } from "../domain/errors.ts";
import type { Opening, Policy } from "../domain/policy.ts";
import type {
  ByHand,
  Connection,
  Context,
  Issuer,
  IssuerKind,
  Probe,
  Reload,
  Target,
  TargetContext,
} from "../domain/ports.ts";
import type { Clock, Instant } from "../domain/time.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { SecretName } from "../domain/version.ts";
import { ProbedConsumer } from "../run/probed-consumer.ts";
import type { Wiring } from "../run/ports.ts";
import { openingAt, windowOpensAt } from "../schedule/window.ts";
import { kindOf, type Kinds } from "./kinds.ts";
import { toldByKinds } from "./secret-policies.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

type Decorate = (name: string, connection: Connection) => Connection;

/** Connects the leaves of each secret when they are first asked for, and keeps them until `close`. */
export class ConfiguredWiring implements Wiring {
  readonly secrets: readonly SecretName[];
  readonly #config: LoadedConfig;
  readonly #kinds: Kinds;
  readonly #clock: Clock;
  readonly #env: Environment;
  readonly #byName: ReadonlyMap<SecretName, ConfiguredSecret & SecretPolicy>;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #connected = new Map<string, Connection>();
  readonly #issuers = new Map<SecretName, Promise<Issuer>>();
  readonly #targets = new Map<SecretName, Promise<readonly Target[]>>();
  readonly #probes = new Map<SecretName, Promise<readonly Probe[]>>();
  readonly #decorate: Decorate;
  readonly #reloads = new Map<Target, readonly (readonly [ConfiguredLeaf, Reload])[]>();

  /** `decorate` may stand between a connection and everyone who uses it. */
  constructor(
    config: LoadedConfig,
    kinds: Kinds,
    clock: Clock,
    env: Environment,
    decorate: Decorate = (_name, connection) => connection,
  ) {
    this.#decorate = decorate;
    this.#config = config;
    this.#kinds = kinds;
    this.#clock = clock;
    this.#env = env;
    this.#byName = new Map(
      config.secrets.map((each) => [each.secret, { ...each, ...toldByKinds(each, kinds, env) }]),
    );
    this.secrets = config.secrets.map((each) => each.secret);
  }

  has(secret: SecretName): boolean {
    return this.#byName.has(secret);
  }

  policy(secret: SecretName): ConfiguredSecret & SecretPolicy {
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

  openingAt({ window, timezone }: Policy, at: Instant): Opening | null {
    return window === null ? null : openingAt(window, timezone, at);
  }

  material(secret: SecretName): IssuerKind["material"] {
    return kindOf(this.#kinds.issuers, this.policy(secret).issuer).material;
  }

  byHand(secret: SecretName): ByHand | null {
    const issuer = this.#byName.get(secret)?.issuer;
    return issuer === undefined
      ? null
      : (kindOf(this.#kinds.issuers, issuer).byHand?.(issuer.config) ?? null);
  }

  offers(secret: SecretName): boolean {
    return this.#byName.get(secret)?.offers === true;
  }

  adopts(secret: SecretName): readonly string[] {
    const { issuer } = this.policy(secret);
    return kindOf(this.#kinds.issuers, issuer).adopts?.(issuer.config) ?? [];
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
      const { targets } = this.policy(secret);
      const connected = await this.probes(secret);
      return Promise.all(targets.map((target) => this.#target(target, secret, connected)));
    });
  }

  probes(secret: SecretName): Promise<readonly Probe[]> {
    return remembered(this.#probes, secret, () =>
      Promise.all(this.policy(secret).probes.map((probe) => this.#probe(probe))),
    );
  }

  /** Those of a target that `targets` gave, each with its place in the configuration. */
  reloads(target: Target): readonly (readonly [ConfiguredLeaf, Reload])[] {
    return this.#reloads.get(target) ?? [];
  }

  async connection(name: string): Promise<Connection> {
    const connection = await remembered(this.#connections, name, () => this.#connect(name));
    this.#connected.set(name, connection);
    return connection;
  }

  async close(): Promise<void> {
    const issuers = [...this.#issuers.values()].map(async (issuer) => (await issuer).close());
    const targets = [...this.#targets.values()].map(async (all) => {
      for (const target of await all) await target.close();
    });
    await Promise.allSettled([...issuers, ...targets]);
    await Promise.allSettled([...this.#connected.values()].map((connection) => connection.close()));
  }

  /** For leaves that are no secret's. */
  async contextFor(leaves: readonly ConfiguredLeaf[]): Promise<TargetContext> {
    for (const leaf of leaves) await this.#connectFor(leaf);
    return { ...this.#context(), reload: async (config) => (await this.#reload(config))[1] };
  }

  async #reload(config: unknown): Promise<readonly [ConfiguredLeaf, Reload]> {
    const of = config as ConfiguredLeaf;
    await this.#connectFor(of);
    return [of, await kindOf(this.#kinds.reloads, of).connect(of.config, this.#context())];
  }

  async #target(leaf: ConfiguredLeaf, secret: SecretName, probes: readonly Probe[]): Promise<Target> {
    await this.#connectFor(leaf);
    const reloads: (readonly [ConfiguredLeaf, Reload])[] = [];
    const context: TargetContext = {
      ...this.#context(),
      reload: async (config) => {
        const reload = await this.#reload(config);
        reloads.push(reload);
        return reload[1];
      },
    };
    const target = await kindOf(this.#kinds.targets, leaf).connect(leaf.config, secret, context);
    const bySecret = new Map([[secret, probes]]);
    const { inspect, files = [] } = target;
    const probed: Target = {
      files,
      ...(inspect === undefined ? {} : { inspect: (around, signal) => inspect.call(target, around, signal) }),
      store: target.store,
      consumers: async (signal) =>
        (await target.consumers(signal)).map((consumer) => new ProbedConsumer(consumer, bySecret)),
      held: async (signal) => (await target.held?.(signal)) ?? [],
      close: () => target.close(),
    };
    this.#reloads.set(probed, reloads);
    return probed;
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
  async #connectFor(leaf: ConfiguredLeaf): Promise<void> {
    const name = connectionOf(leaf);
    if (name !== null && !this.#connected.has(name)) await this.connection(name);
  }

  async #connect(name: string): Promise<Connection> {
    const leaf = this.#config.connections.get(name);
    if (leaf === undefined) {
      throw new RotationError("config-invalid", {
        kind: "rejected",
        message: `there is no connection ${name}`,
      });
    }
    const options = { clock: this.#clock, env: this.#env };
    return this.#decorate(name, await kindOf(this.#kinds.connections, leaf).connect(leaf.config, options));
  }
}

/** The connection that a leaf's configuration names; null when it needs none. */
export function connectionOf({ config }: ConfiguredLeaf): string | null {
  const name =
    typeof config === "object" && config !== null && "connection" in config ? config.connection : null;
  return typeof name === "string" ? name : null;
}

/** A leaf's own connection, and those of the reloads in it. */
function connectionsIn(leaf: ConfiguredLeaf): readonly string[] {
  const { config } = leaf;
  const own = connectionOf(leaf);
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
