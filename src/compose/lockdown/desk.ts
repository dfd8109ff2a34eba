/** Everything that a lockdown needs once all is held still: the lease, the journal, the audit log, the connections. */
import { dirname } from "node:path";
import type { ConfiguredLeaf, LoadedConfig, LockdownScope } from "../../config/config.ts";
import { denials, disablings } from "../../countermeasures/index.ts";
import { expandPath } from "../../domain/expand-path.ts";
import type { DenialContext } from "../../domain/lockdown.ts";
import type { Journal, Sink } from "../../domain/ports.ts";
import { systemClock } from "../../domain/system-clock.ts";
import type { SecretName } from "../../domain/version.ts";
import { LockdownWiring } from "../../lockdown/lockdown-wiring.ts";
import type { ScopeMeans, ScopeParts } from "../../lockdown/scope.ts";
import type { Workshop } from "../../run/ports.ts";
import { evidenceSigner } from "../../journal/evidence-signer.ts";
import type { Lease } from "../../journal/lease.ts";
import { openAuditSink } from "../../sinks/audit/audit-sink.ts";
import { kindOf, kinds } from "../kinds.ts";
import { newRunId } from "../run-id.ts";
import { configuredScans } from "../scans.ts";
import { openSealedJournal } from "../sealed-journal.ts";
import { ConfiguredWiring, type Environment } from "../wiring.ts";
import { channelsOf } from "./channels.ts";
import { keepDirOf } from "./connect-scope.ts";

export interface DeskOrder {
  readonly config: LoadedConfig;
  readonly observers: readonly Sink[];
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export interface Desk {
  readonly shop: Workshop;
  means(scope: LockdownScope): Promise<ScopeMeans>;
  /** Secrets that keyturn itself signs in with. */
  readonly own: ReadonlySet<SecretName>;
  close(): Promise<void>;
}

export async function openDesk(
  order: DeskOrder,
  scopes: readonly ScopeParts[],
  takeLease: () => Promise<Lease>,
): Promise<Desk> {
  const { config, env, signal } = order;
  const undo = new AsyncDisposableStack();
  try {
    const lease = await takeLease();
    undo.defer(() => lease.release());
    const { journal } = openSealedJournal({ config, env, epoch: lease.epoch });
    undo.defer(() => journal.close());
    const audit = await openAudit(config.auditDir, journal);
    undo.defer(() => audit.close());
    const wiring = wiringFor(config, env, scopes);
    undo.defer(() => wiring.close());
    const consumers = scopes.flatMap(({ containments }) => containments.flatMap((each) => each.consumers));
    const shop: Workshop = {
      journal,
      sinks: [...audit.sinks, ...order.observers],
      wiring: new LockdownWiring(wiring, new Set(consumers)),
      scans: configuredScans(config, env, () => systemClock.now()),
      clock: systemClock,
      newRunId: () => newRunId(systemClock.now()),
      checkRoom: () => Promise.resolve(),
      signal,
      cut: signal,
    };
    return {
      shop,
      means: async (scope) => ({
        ...(await meansOf(scope, config, wiring)),
        channels: channelsOf(scope, config, env),
        evidenceDir:
          scope.preserve === null ? null : expandPath(scope.preserve.dir, env, dirname(config.file)),
        signer: evidenceSigner(journal.sealKey),
      }),
      own: ownSecrets(config),
      close: () => undo.disposeAsync(),
    };
  } catch (thrown) {
    await undo.disposeAsync();
    throw thrown;
  }
}

/** Everyone who updates a contained service brings it back under denial. */
function wiringFor(config: LoadedConfig, env: Environment, scopes: readonly ScopeParts[]): ConfiguredWiring {
  return new ConfiguredWiring(config, kinds, systemClock, env, (name, connection) =>
    scopes
      .flatMap(({ containments }) => containments)
      .filter((each) => each.connection === name)
      .reduce((guarded, each) => each.guarded(guarded), connection),
  );
}

/** The audit log follows as far as it can be written; it does not gate. */
async function openAudit(
  dir: string,
  journal: Journal,
): Promise<{ readonly sinks: readonly Sink[]; close(): void }> {
  try {
    const sink = openAuditSink({ dir });
    await sink.catchUp(journal);
    const observe: Sink["observe"] = (entry) => sink.observe(entry);
    return { sinks: [{ kind: "audit", gating: false, observe }], close: () => sink.close() };
  } catch {
    // Its next writer catches up from the journal.
    return { sinks: [], close: () => undefined };
  }
}

async function meansOf(
  scope: LockdownScope,
  config: LoadedConfig,
  wiring: ConfiguredWiring,
): Promise<Pick<ScopeMeans, "disablings" | "denials">> {
  const { disable, deny } = scope;
  const keepDir = keepDirOf(config, scope);
  const context: DenialContext = { ...(await wiring.contextFor([...disable, ...deny])), keepDir };
  const connected = deny.flatMap(
    (leaf) => kindOf(denials, leaf).connect?.(leaf.config as never, context) ?? [],
  );
  return {
    disablings: disable.map((leaf) => kindOf(disablings, leaf).connect(leaf.config as never, context)),
    denials: await Promise.all(connected),
  };
}

/** Those whose copy is a file that a connection signs in with. */
function ownSecrets({ secrets, connections }: LoadedConfig): ReadonlySet<SecretName> {
  const files = new Set([...connections.values()].flatMap(({ config }) => filesIn(config)));
  const isOwn = ({ config }: ConfiguredLeaf): boolean => filesIn(config).some((path) => files.has(path));
  return new Set(secrets.filter(({ targets }) => targets.some(isOwn)).map(({ secret }) => secret));
}

function filesIn(config: unknown): readonly string[] {
  if (typeof config !== "object" || config === null) return [];
  return Object.entries(config).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === "string") return /(^path|File)$/.test(key) ? [value] : [];
    return filesIn(value);
  });
}
