/** The way out: everything that a lockdown changed goes back to what it was, but for the secrets, which stay rotated. */
import type { Lift } from "../domain/lockdown.ts";
import type { Workshop } from "../run/ports.ts";
import { Recorder } from "../run/recorder.ts";
import { Ledger } from "./ledger.ts";
import { lockedBy } from "./locked-by.ts";
import type { ScopeMeans, ScopeParts } from "./scope.ts";
import { liftedNotice } from "./notices.ts";
import { notify } from "./notify.ts";
import type { Shortfall } from "./shortfall.ts";

const TRIES = 3;

export interface LiftOrder {
  readonly parts: ScopeParts;
  readonly means: ScopeMeans;
  readonly reason: string;
  readonly actor: string | null;
}

export interface Lifted {
  readonly scope: string;
  /** Null when the scope is not locked down. */
  readonly lockdown: string | null;
  readonly outcome: "lifted" | "incomplete" | "not-locked";
  readonly shortfalls: readonly Shortfall[];
}

/** What somebody else changed meanwhile is left as it is and told; the scope then stays locked. */
export async function liftScope(shop: Workshop, order: LiftOrder): Promise<Lifted> {
  const scope = order.parts.scope.name;
  const open = lockedBy(shop, scope);
  if (open === undefined) return { scope, lockdown: null, outcome: "not-locked", shortfalls: [] };
  const { lockdown } = open;
  const ledger = new Ledger(lockdown, shop, new Recorder(shop.journal, shop.sinks, shop.clock));
  const { reason, actor } = order;
  await ledger.record({ type: "lockdown-lifting", lockdown, reason, actor });
  const { disablings, denials } = order.means;
  // What the restarted tasks will read and sign in with comes first.
  const shortfalls = [
    ...(await liftAll(ledger, [...disablings, ...denials])),
    ...(await liftAll(
      ledger,
      order.parts.containments.flatMap(({ lifts }) => lifts),
    )),
  ];
  if (shortfalls.length > 0) return { scope, lockdown, outcome: "incomplete", shortfalls };
  const untold = await notify(ledger, order.means.channels, liftedNotice(ledger.state, shop.clock.now()));
  await ledger.record({ type: "lockdown-lifted", lockdown });
  return { scope, lockdown, outcome: "lifted", shortfalls: untold };
}

async function liftAll(ledger: Ledger, lifts: readonly Lift[]): Promise<readonly Shortfall[]> {
  const lifted = await Promise.all(
    lifts.map(async (each): Promise<readonly Shortfall[]> => {
      const { subject } = each;
      const error = await ledger.attempt({
        phase: "lift",
        subject,
        tries: TRIES,
        effect: (signal) => each.lift(ledger.state, signal),
      });
      return error === null ? [] : [{ phase: "lift", subject, error }];
    }),
  );
  return lifted.flat();
}
