import type { Socket } from "node:net";
import { abortFailure, deadlineFailure, failureOf, type CallFacts } from "./failure.ts";

export interface Bounds {
  readonly socket: Socket;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One exchange with a server: it ends with an answer, with the caller's signal or with its deadline, and says what came of it. */
export async function bounded<T>(
  facts: CallFacts,
  { socket, timeoutMs, signal }: Bounds,
  exchange: () => Promise<T>,
): Promise<T> {
  if (isOver(signal)) throw abortFailure({ ...facts, committing: false });
  const deadline = AbortSignal.timeout(timeoutMs);
  const end = AbortSignal.any([signal, deadline]);
  // The driver settles everything that is under way when its socket is gone.
  const cut = (): void => void socket.destroy();
  end.addEventListener("abort", cut, { once: true });
  try {
    return await exchange();
  } catch (thrown) {
    if (isOver(signal)) throw abortFailure(facts);
    if (isOver(deadline)) throw deadlineFailure(timeoutMs, facts);
    throw failureOf(thrown, facts);
  } finally {
    end.removeEventListener("abort", cut);
  }
}

/** Asked anew each time: what TypeScript knows of `aborted` does not survive an await. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
