import { asRotationError, type RotationError } from "../domain/errors.ts";

export type Settled<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: RotationError };

/** A far side's failure as a value, so that a failure of the journal is never mistaken for one. */
export async function settle<T>(call: Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await call };
  } catch (thrown) {
    return { ok: false, error: asRotationError(thrown) };
  }
}

/** Like Promise.all, but leaves nobody running behind the first failure. */
export async function together<T>(all: Iterable<Promise<T>>): Promise<T[]> {
  const results = await Promise.allSettled(all);
  return results.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}
