/** One process of keyturn against the world: the real worker, behind counted points. */
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import type { AttemptId, Entry, JournalRecord } from "../../../src/domain/journal-record.ts";
import type { SecretPolicy } from "../../../src/domain/policy.ts";
import type { Baseline, Consumer, Issuer, Journal, Sink, Store, Target } from "../../../src/domain/ports.ts";
import { forecast, type Forecast } from "../../../src/run/forecast.ts";
import type { PlanRequest } from "../../../src/run/planner.ts";
import type { Workshop, Wiring } from "../../../src/run/ports.ts";
import { Worker } from "../../../src/run/worker.ts";
import type { WorkRequest, WorkResult } from "../../../src/run/work.ts";
import { openingAt, windowOpensAt } from "../../../src/schedule/window.ts";
import type { MemoryJournal } from "./memory-journal.ts";
import { Points, type Injection } from "./points.ts";
import type { World } from "./world.ts";

export interface ProcessOptions {
  readonly world: World;
  readonly journal: MemoryJournal;
  readonly policies: readonly SecretPolicy[];
  readonly injections: readonly Injection[];
  readonly newRunId: () => string;
  /** Told of every record as soon as it is durable. */
  readonly onRecord: (record: JournalRecord) => void;
}

export class Process {
  readonly points: Points;
  /** What the work came to; null when the process did not live to tell. */
  result: WorkResult | null = null;
  readonly #options: ProcessOptions;
  /** Sequence numbers of the entries that the audit log has. */
  readonly #audited = new Set<number>();
  readonly #intents = new Map<string, number>();

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.points = new Points(options.injections, (call) => options.world.landLater(call));
  }

  /** Several requests are under way at once; the result is that of the first. */
  async work(request: WorkRequest, beside: readonly WorkRequest[] = []): Promise<WorkResult> {
    const { world, newRunId } = this.#options;
    world.accountable = (attempts, subject) => this.#whatIsWrong(attempts, subject);
    const shop: Workshop = {
      journal: this.#journal(),
      sinks: [this.#audit()],
      wiring: this.#wiring(),
      scans: { names: [], look: () => Promise.resolve({ targets: 0, findings: [] }) },
      clock: world.clock,
      newRunId,
      checkRoom: () => Promise.resolve(),
      signal: new AbortController().signal,
      cut: new AbortController().signal,
    };
    const worker = new Worker(shop);
    const others = beside.map((each) => worker.work(each));
    const all = Promise.all([worker.work(request), ...others]);
    [this.result] = await world.clock.run(all);
    return this.result;
  }

  async plan(request: PlanRequest): Promise<Forecast> {
    const { world, journal } = this.#options;
    world.accountable = (attempts, subject) => this.#whatIsWrong(attempts, subject);
    const { signal } = new AbortController();
    const ground = {
      journal,
      wiring: this.#wiring(),
      clock: world.clock,
      signal,
      hasProbe: () => false,
      caches: () => [],
    };
    return world.clock.run(forecast(ground, request));
  }

  /** I3: the attempt is in the journal, and, unless it undoes something, in the audit log. */
  #whatIsWrong(attempts: readonly string[], subject: string): string | null {
    const open = this.#options.journal.tables.openRuns().flatMap((run) => run.open);
    const fits = (id: AttemptId): boolean =>
      attempts.includes(`${id.direction} ${id.step}`) &&
      (id.subject === subject || id.subject.startsWith(`${subject}#`));
    const found = open.filter(fits);
    if (found.length === 0) return "without an open intent";
    const audited = found.some(
      (id) => id.direction === "undo" || this.#audited.has(this.#intents.get(nameOf(id)) ?? 0),
    );
    return audited ? null : "before the audit log had its intent";
  }

  #journal(): Journal {
    const { journal } = this.#options;
    return {
      tables: journal.tables,
      append: (record, seal) =>
        this.points.append(`append ${record.type}`, "journal-unavailable", async () => {
          const entry = await journal.append(record, seal);
          this.#note(entry);
          return entry;
        }),
      read: (from) => journal.read(from),
      newest: (type) => journal.newest(type),
      unseal: (secret, version, row) => journal.unseal(secret, version, row),
    };
  }

  #note({ seq, record }: Entry): void {
    if (record.type === "intent") this.#intents.set(nameOf(record), seq);
    if (record.type === "pivoted") this.#checkPivot(record);
    this.#options.onRecord(record);
  }

  #checkPivot({ run: id, versions }: JournalRecord & { type: "pivoted" }): void {
    const { world, journal } = this.#options;
    const run = journal.tables.get("run", id);
    for (const { secret, version } of versions) {
      const switched =
        run?.baselines?.filter((each) => each.items.some((item) => item.secret === secret)) ?? [];
      const consumers = switched.map((each) => each.consumer);
      const { previous = null, versions: known = {} } = journal.tables.get("secret", secret) ?? {};
      if (version === 0) world.checkGone(secret, known[String(previous)]?.marker ?? "", consumers);
      else world.checkPromoted(secret, known[String(version)]?.marker ?? "", consumers);
    }
  }

  #audit(): Sink {
    const take = async ({ seq }: Entry): Promise<void> => void this.#audited.add(seq);
    return {
      kind: "audit",
      gating: true,
      observe: (entry) => this.points.append("audit", "audit-unavailable", () => take(entry)),
    };
  }

  #wiring(): Wiring {
    const { world, policies } = this.#options;
    const policy = (secret: string): SecretPolicy => {
      const found = policies.find((each) => each.secret === secret);
      if (found !== undefined) return { ...found, stores: world.stores.storesOf(secret) };
      throw new RotationError("secret-unconfigured", {
        kind: "rejected",
        message: `${secret} is not configured`,
      });
    };
    const byHand = (secret: string): boolean => world.options.byHand?.includes(secret) === true;
    const supplied = (secret: string): boolean =>
      byHand(secret) || world.options.supplied?.includes(policy(secret).secret) === true;
    return {
      policy,
      secrets: policies.map((each) => each.secret),
      has: (secret) => policies.some((each) => each.secret === secret),
      windowOpensAt: ({ window, timezone }, from) =>
        window === null ? from : windowOpensAt(window, timezone, from),
      openingAt: ({ window, timezone }, at) => (window === null ? null : openingAt(window, timezone, at)),
      connections: (secret) => [world.options.hanging?.includes(secret) === true ? "hanging" : "healthy"],
      material: (secret) => (supplied(secret) ? "supplied" : "issued"),
      byHand: (secret) =>
        policies.some((each) => each.secret === secret) && byHand(secret)
          ? { instructions: null, url: null, endsPrevious: world.options.endsPrevious === true }
          : null,
      offers: () => false,
      adopts: (secret) => world.options.adopt?.[secret] ?? [],
      issuer: async (secret) => this.#issuer(secret, supplied(secret) && !byHand(secret)),
      targets: async (secret) =>
        world.stores.storesOf(policy(secret).secret).map((store) => this.#target(secret, store)),
    };
  }

  #issuer(secret: string, chooses: boolean): Issuer {
    const { issuer } = this.#options.world;
    const call = this.#caller(secret);
    return {
      ...(chooses
        ? { generate: () => call("generate", () => ({ value: SecretValue.fromText(issuer.choose(secret)) })) }
        : {}),
      create: ({ marker, material }) =>
        call("create", () =>
          issuer.create(secret, marker, material?.["value"]?.reveal((text) => text) ?? null),
        ),
      find: (marker) => call("find", () => issuer.find(marker)),
      list: () => call("list", () => issuer.list(secret)),
      verify: (version) =>
        call("verify", () => version.material["value"]?.reveal((text) => issuer.verify(text))),
      revoke: (ref, _signal, manner) =>
        call("revoke", () => issuer.revoke(ref.id, manner?.endSessions === true)),
      close: () => Promise.resolve(),
    };
  }

  #target(secret: string, id: string): Target {
    const { world } = this.#options;
    const { stores, consumers } = world;
    const call = this.#caller(`${secret}@${id}`);
    const store: Store = {
      id,
      highest: () => call("highest", () => stores.highest(id, secret)),
      deliver: (version) => call("deliver", () => stores.deliver(id, version)),
      withdraw: (ref) => call("withdraw", () => stores.withdraw(id, ref)),
      prune: (keep, known) =>
        call("prune", () => ({ removed: stores.prune(id, secret, keep, known), left: 0 })),
    };
    return {
      store,
      consumers: () =>
        call("consumers", () =>
          consumers
            .using(secret)
            .filter((each) => stores.isReadBy(id, each.id))
            .map((each) => this.#consumer(each.id, [secret])),
        ),
      held: () =>
        call("held", () =>
          (world.options.held?.[secret] ?? []).map((text) => ({ value: SecretValue.fromText(text) })),
        ),
      close: () => Promise.resolve(),
    };
  }

  #consumer(id: string, secrets: readonly string[]): Consumer {
    const { consumers } = this.#options.world;
    const call = this.#caller(id);
    const current = (): Baseline => ({
      consumer: id,
      items: consumers.current(id).filter((item) => secrets.includes(item.secret)),
    });
    const inspect = (): Promise<number> => call("inspect", () => consumers.get(id).version);
    return {
      id,
      restarts: 1,
      secrets,
      join: (other) => this.#consumer(id, [...new Set([...secrets, ...other.secrets])]),
      current: () => call("current", current),
      activate: async (changes) => {
        const seen = await inspect();
        await call("activate", () => consumers.activate(id, changes, seen));
      },
      revert: async (to, only) => {
        const seen = await inspect();
        const items = to.items.filter((item) => only.includes(item.secret));
        await call("revert", () => consumers.revert(id, items, seen));
      },
      confirm: (changes) => call("confirm", () => consumers.confirm(id, changes)),
    };
  }

  /** A port method of one subject: broken for good where the scenario says so, else behind its points. */
  #caller(subject: string): <T>(method: string, apply: () => T) => Promise<T> {
    const { world } = this.#options;
    const hangs = world.options.hanging?.includes(subject.split("@")[0] ?? "") === true;
    return (method, apply) =>
      hangs
        ? new Promise<never>(() => undefined)
        : this.points.call(`${method} ${subject}`, () => {
            world.landDue();
            const kind = world.options.broken?.[`${method} ${subject}`];
            if (kind === undefined) return apply();
            throw new RotationError("unexpected-answer", { kind, message: `${method} ${subject} is broken` });
          });
  }
}

function nameOf({ key, direction, attempt }: AttemptId): string {
  return `${key} ${direction} ${attempt}`;
}
