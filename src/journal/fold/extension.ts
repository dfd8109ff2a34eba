import type { Evidence } from "../../domain/ports.ts";
import type { RunSecret } from "../../domain/run.ts";
import type { TableWriter } from "../fold.ts";
import { changeSecret, changeVersion, secretRow } from "./rows.ts";

const WEAKEST_FIRST: readonly Evidence[] = ["converged", "probed", "in-use"];

/** The current version has come to more stores; nothing was made, so the overlap, the version before it and a hold stay. */
export function extendCurrent(
  rows: TableWriter,
  { secret, to, stores }: Pick<RunSecret, "secret" | "to" | "stores">,
  evidence: Evidence | null,
): void {
  const version = secretRow(rows, secret).versions[String(to)];
  if (version === undefined) return;
  const known = [version.evidence, evidence].filter((each) => each !== null);
  changeVersion(rows, secret, to, {
    stores: [...new Set([...version.stores, ...stores])],
    evidence: WEAKEST_FIRST.find((each) => known.includes(each)) ?? null,
  });
  changeSecret(rows, secret, { failures: 0, holdOffUntil: null });
}
