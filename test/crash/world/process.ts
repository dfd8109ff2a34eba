/** One process of keyturn against the world: the real worker, behind counted points. */
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import type { Baseline, Consumer, Issuer, Journal, Sink, Store, Target } from "../../../src/domain/ports.ts";
import type { Workshop, Wiring } from "../../../src/run/ports.ts";
import { Worker } from "../../../src/run/worker.ts";
import type { RotationRequest, WorkResult } from "../../../src/run/work.ts";
import { windowOpensAt } from "../../../src/schedule/window.ts";
import type { MemoryJournal } from "./memory-journal.ts";
import { Points, type Injection } from "./points.ts";
import type { World } from "./world.ts";

export interface ProcessOptions {
  readonly world: World;
  readonly journal: MemoryJournal;
  readonly policies: readonly SecretPolicy[];
  readonly injections: readonly Injection[];
  readonly newRunId: () => string;
}

export class Process {
  readonly points: Points;
  readonly #options: ProcessOptions;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.points = new Points(options.injections, (call) => options.world.landLater(call));
  }

  async work(request: RotationRequest | null): Promise<WorkResult> {
    const { world, journal, newRunId } = this.#options;
    world.accountable = () => journal.tables.openRuns().some((run) => run.open.length > 0);
    const shop: Workshop = {
      journal: this.#journal(),
      sinks: [this.#audit()],
      wiring: this.#wiring(),
      clock: world.clock,
      newRunId,
      checkRoom: () => Promise.resolve(),
      signal: new AbortController().signal,
    };
    return world.clock.run(new Worker(shop).work(request));
  }

  #journal(): Journal {
    const { journal } = this.#options;
    const { points } = this;
    return {
      tables: journal.tables,
      append: (record, seal) => points.append(`append ${record.type}`, () => journal.append(record, seal)),
      read: (from) => journal.read(from),
      unseal: (secret, version, row) => journal.unseal(secret, version, row),
    };
  }

  #audit(): Sink {
    return { kind: "audit", gating: true, observe: () => this.points.append("audit", () => Promise.resolve()) };
  }

  #wiring(): Wiring {
    const { world, policies } = this.#options;
    const policy = (secret: string): SecretPolicy => {
      const found = policies.find((each) => each.secret === secret);
      if (found === undefined) throw new RotationError("secret-unconfigured", { kind: "invariant", message: secret });
      return found;
    };
    return {
      policy,
      secrets: policies.map((each) => each.secret),
      windowOpensAt: ({ window, timezone }, from) => (window === null ? from : windowOpensAt(window, timezone, from)),
      material: (secret) => (world.options.supplied?.includes(secret) ? "supplied" : "issued"),
      issuer: (secret) => Promise.resolve(this.#issuer(secret)),
      targets: (secret) => Promise.resolve([this.#target(secret)]),
    };
  }

  #issuer(secret: string): Issuer {
    const { world } = this.#options;
    const call = this.#caller(secret);
    return {
      ...(world.options.supplied?.includes(secret)
        ? { generate: () => ({ value: SecretValue.fromText(`chosen-${secret}-${world.clock.now()}`) }) }
        : {}),
      create: ({ marker, material }) =>
        call("create", () => world.create(secret, marker, material?.["value"]?.reveal((text) => text) ?? null)),
      find: (marker) => call("find", () => world.find(marker)),
      list: () => call("list", () => []),
      verify: (version) => call("verify", () => version.material["value"]?.reveal((text) => world.authenticate(text))),
      revoke: (ref) => call("revoke", () => world.revoke(ref.id)),
      close: () => Promise.resolve(),
    };
  }

  #target(secret: string): Target {
    const { world } = this.#options;
    const call = this.#caller(secret);
    const store: Store = {
      id: `store:${secret}`,
      highest: () => call("highest", () => world.highest(secret)),
      deliver: (version) => call("deliver", () => world.deliver(version)),
      withdraw: (ref) => call("withdraw", () => world.withdraw(ref)),
      prune: (keep, known) => call("prune", () => ({ removed: world.prune(secret, keep, known), left: 0 })),
    };
    const consumers = (): Promise<readonly Consumer[]> =>
      call("consumers", () =>
        [...world.services.values()]
          .filter((service) => service.uses.has(secret))
          .map((service) => this.#consumer(service.id, [secret])),
      );
    return { store, consumers, close: () => Promise.resolve() };
  }

  #consumer(id: string, secrets: readonly string[]): Consumer {
    const { world } = this.#options;
    const call = this.#caller(id);
    const current = (): Baseline => ({
      consumer: id,
      items: world.current(id).filter((item) => secrets.includes(item.secret)),
    });
    return {
      id,
      restarts: 1,
      secrets,
      join: (other) => this.#consumer(id, [...new Set([...secrets, ...other.secrets])]),
      current: () => call("current", current),
      activate: async (changes) => {
        const seen = await call("inspect", () => world.versionOf(id));
        await call("activate", () => world.activate(id, changes, seen));
      },
      revert: async (to, only) => {
        const seen = await call("inspect", () => world.versionOf(id));
        const items = to.items.filter((item) => only.includes(item.secret));
        await call("revert", () => world.revert(id, items, seen));
      },
      confirm: (changes) => call("confirm", () => world.confirm(id, changes)),
    };
  }

  /** A port method of one subject: broken for good where the scenario says so, else behind its points. */
  #caller(subject: string): <T>(method: string, apply: () => T) => Promise<T> {
    const { world } = this.#options;
    return (method, apply) =>
      this.points.call(`${method} ${subject}`, () => {
        world.landDue();
        const kind = world.options.broken?.[`${method} ${subject}`];
        if (kind === undefined) return apply();
        throw new RotationError("unexpected-answer", { kind, message: `${method} ${subject} is broken` });
      });
  }
}
