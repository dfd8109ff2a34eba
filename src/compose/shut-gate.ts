import type { RotationError } from "../domain/errors.ts";
import type { Sink } from "../domain/ports.ts";

/** Stands in for an audit log that cannot be opened: nothing new may start, and what is owed can still be undone. */
export function shutGate(error: RotationError): Sink {
  return { kind: "audit", gating: true, observe: () => Promise.reject(error) };
}
