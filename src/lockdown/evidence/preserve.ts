import { join } from "node:path";
import type { PreserveSettings } from "../../config/config.ts";
import type { Outcome } from "../../domain/lockdown.ts";
import type { Workshop } from "../../run/ports.ts";
import type { Ledger } from "../ledger.ts";
import type { EvidenceSigner, ScopeParts } from "../scope.ts";
import { collectEvidence } from "./collect.ts";
import { journalExtract } from "./journal-extract.ts";

export interface PreserveOrder {
  readonly parts: ScopeParts;
  readonly settings: PreserveSettings;
  /** `preserve.dir`, expanded. */
  readonly dir: string;
  readonly signer: EvidenceSigner;
}

/** Evidence of everything that is contained, into a folder that no earlier attempt has written to. */
export async function preserve(shop: Workshop, ledger: Ledger, order: PreserveOrder): Promise<Outcome> {
  const { clock, journal } = shop;
  const { scope, containments } = order.parts;
  const { lockdown, state } = ledger;
  const again = state.steps["preserve/evidence"]?.attempts ?? 0;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, shop.signal]);
  const over = new AbortController();
  const late = clock.sleep(order.settings.timeout, over.signal).then(
    () => stop.abort(new Error("the time is up")),
    () => undefined,
  );
  try {
    const sources = await Promise.all(containments.map((each) => each.evidence(order.settings, signal)));
    return await collectEvidence({
      dir: join(order.dir, `${scope.name}-${lockdown}${again > 1 ? `-${again}` : ""}`),
      scope: scope.name,
      lockdown,
      sources: [[journalExtract(journal, clock.now())], ...sources.flat()],
      signer: order.signer,
      clock,
      signal,
    });
  } finally {
    over.abort(new Error("over"));
    await late;
  }
}
