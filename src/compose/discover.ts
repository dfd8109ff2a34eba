/** Asks every configured connection what could be taken over. Reads only; neither lease nor journal. */
import type { ConfiguredLeaf, LoadedConfig } from "../config/config.ts";
import type { Discovery, DiscoveryOrder, FoundIssuer, FoundTarget } from "../domain/discovery.ts";
import { asRotationError, recordError, RotationError } from "../domain/errors.ts";
import { systemClock } from "../domain/system-clock.ts";
import { kindOf, kinds } from "./kinds.ts";
import type { Environment } from "./wiring.ts";

export interface DiscoverOrder {
  readonly config: LoadedConfig;
  /** Null for every connection of a kind that can discover. */
  readonly connection: string | null;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export async function discover(order: DiscoverOrder): Promise<Discovery> {
  const issuers: FoundIssuer[] = [];
  const targets: FoundTarget[] = [];
  const failures: Discovery["failures"][number][] = [];
  for (const [name, leaf] of chosen(order)) {
    try {
      const found = await discoverAt(name, leaf, order);
      issuers.push(...found.issuers);
      targets.push(...found.targets);
    } catch (thrown) {
      failures.push({ connection: name, error: recordError(asRotationError(thrown)) });
    }
  }
  return { issuers, targets, failures };
}

function chosen({ config, connection }: DiscoverOrder): readonly (readonly [string, ConfiguredLeaf])[] {
  const leaves = [...kinds.issuers, ...kinds.targets];
  const able = [...config.connections].filter(([, { kind }]) => leaves.some(discovers(kind)));
  if (connection === null) return able;
  const found = able.filter(([name]) => name === connection);
  if (found.length > 0) return found;
  throw new RotationError("usage", {
    kind: "rejected",
    message: `there is no connection \`${connection}\` that can discover`,
    hint: `These can: ${able.map(([name]) => name).join(", ") || "none that is configured"}.`,
  });
}

function discovers(connectionKind: string): (kind: object) => boolean {
  return (kind: { readonly connectionKind?: string; readonly discover?: unknown }) =>
    kind.connectionKind === connectionKind && kind.discover !== undefined;
}

async function discoverAt(
  name: string,
  leaf: ConfiguredLeaf,
  { config, env, signal }: DiscoverOrder,
): Promise<{ readonly issuers: readonly FoundIssuer[]; readonly targets: readonly FoundTarget[] }> {
  const clock = systemClock;
  const connection = await kindOf(kinds.connections, leaf).connect(leaf.config, { clock, env });
  const orderOf = (configured: readonly ConfiguredLeaf[], kind: string): DiscoveryOrder<unknown> => ({
    connection: name,
    configured: configured.filter((each) => each.kind === kind).map((each) => each.config),
    // The one connection there is: a leaf asks for its own.
    context: { clock, env, connection: <T>() => connection as T },
  });
  try {
    const issuers: FoundIssuer[] = [];
    const targets: FoundTarget[] = [];
    const fits = discovers(leaf.kind);
    const ours = config.secrets.map((each) => each.issuer);
    const theirs = config.secrets.flatMap((each) => each.targets);
    for (const each of kinds.issuers.filter(fits))
      issuers.push(...((await each.discover?.(orderOf(ours, each.kind), signal)) ?? []));
    for (const each of kinds.targets.filter(fits))
      targets.push(...((await each.discover?.(orderOf(theirs, each.kind), signal)) ?? []));
    return { issuers, targets };
  } finally {
    await connection.close();
  }
}
