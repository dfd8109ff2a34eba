import type { LoadedConfig, LockdownScope } from "../../config/config.ts";
import { liftScope, type Lifted } from "../../lockdown/lift.ts";
import { takeLease } from "../take-lease.ts";
import type { Environment } from "../wiring.ts";
import { connectScope } from "./connect-scope.ts";
import { openDesk } from "./desk.ts";

export interface LiftLockdownOrder {
  readonly config: LoadedConfig;
  readonly scope: LockdownScope;
  readonly reason: string;
  readonly actor: string | null;
  readonly wait: boolean;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** There is no hurry: a worker that is under way is not ended. */
export async function liftLockdown(order: LiftLockdownOrder): Promise<Lifted> {
  const { config, scope, env, reason, actor } = order;
  const parts = await connectScope(config, scope, env);
  const desk = await openDesk({ ...order, observers: [] }, [parts], () => takeLease(order));
  try {
    return await liftScope(desk.shop, { parts, means: await desk.means(scope), reason, actor });
  } finally {
    await desk.close();
  }
}
