/** `lockdown start`: contains, whatever else is slow or broken; then everything that needs the journal. */
import type { LoadedConfig, LockdownScope } from "../../config/config.ts";
import { asRotationError } from "../../domain/errors.ts";
import type { Outcome } from "../../domain/lockdown.ts";
import type { Sink } from "../../domain/ports.ts";
import { systemClock } from "../../domain/system-clock.ts";
import { contain, type ScopeParts } from "../../lockdown/scope.ts";
import type { onlyContained, startScope, Started } from "../../lockdown/start.ts";
import { Watch } from "../../lockdown/watch.ts";
import type { Environment } from "../wiring.ts";
import { connectScope } from "./connect-scope.ts";
import type { Desk } from "./desk.ts";
import { useReserve } from "./reserve.ts";
import { takeLeaseForLockdown } from "./take-lease.ts";

export interface LockdownOrder {
  readonly config: LoadedConfig;
  readonly scopes: readonly LockdownScope[];
  readonly reason: string;
  readonly actor: string | null;
  /** Told as soon as everything in a scope is held still, or cannot be. */
  readonly contained: (scope: string, outcomes: readonly Outcome[]) => void;
  readonly observers: readonly Sink[];
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export type LockdownResult = Omit<Started, "lockdown"> & Partial<Pick<Started, "lockdown">>;

interface Later {
  readonly startScope: typeof startScope;
  readonly onlyContained: typeof onlyContained;
}

interface Held {
  readonly parts: ScopeParts;
  readonly outcomes: readonly Outcome[];
  readonly watch: Watch;
}

export async function startLockdown(order: LockdownOrder): Promise<readonly LockdownResult[]> {
  const held = await Promise.all(order.scopes.map((scope) => holdScope(order, scope)));
  // Not loaded before: nothing of it is needed to hold anything still.
  const later = await import("../../lockdown/start.ts");
  try {
    const { openDesk } = await import("./desk.ts");
    useReserve(order.config);
    const take = () => takeLeaseForLockdown(order.config.stateDir, order.signal);
    const desk = await openDesk(
      order,
      held.map(({ parts }) => parts),
      take,
    );
    try {
      return await Promise.all(held.map((each) => startOne(order, desk, each, later)));
    } finally {
      await desk.close();
    }
  } catch (thrown) {
    const error = asRotationError(thrown);
    return held.map(({ parts, outcomes }) => later.onlyContained(parts.scope.name, outcomes, error));
  } finally {
    await Promise.all(held.map(({ watch }) => watch.end()));
  }
}

async function holdScope(order: LockdownOrder, scope: LockdownScope): Promise<Held> {
  const parts = await connectScope(order.config, scope, order.env);
  const outcomes = await contain(parts, order.signal);
  order.contained(scope.name, outcomes);
  return { parts, outcomes, watch: new Watch(parts.containments, systemClock) };
}

async function startOne(
  { reason, actor }: LockdownOrder,
  desk: Desk,
  { parts, outcomes, watch }: Held,
  { startScope, onlyContained }: Later,
): Promise<LockdownResult> {
  try {
    const means = await desk.means(parts.scope);
    const start = { parts, means, contained: outcomes, watch, own: desk.own, reason, actor };
    return await startScope(desk.shop, start);
  } catch (thrown) {
    return onlyContained(parts.scope.name, outcomes, asRotationError(thrown));
  }
}
