/** Small words that the cases are told in. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import type { CreateOrder, Issuer } from "../../../src/domain/ports.ts";
import { formatMarker, type Created } from "../../../src/domain/version.ts";

export const SECRET = "contract";
const PATIENCE_MS = 10_000;
/** Longer than the far sides of this suite lag. */
const LAG_MS = 1_000;
const HOUR_MS = 3_600_000;

export function marker(attempt: number): string {
  return formatMarker(SECRET, "0run0", attempt);
}

/** A signal that nobody aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

/** With material, where we choose it. */
export async function order(issuer: Issuer, attempt: number): Promise<CreateOrder> {
  const material = await issuer.generate?.(calm());
  return { marker: marker(attempt), ...(material === undefined ? {} : { material }) };
}

/** Issues one version; its marker's attempt is its number. */
export async function issue(issuer: Issuer, version: number): Promise<Created> {
  const ordered = await order(issuer, version);
  const issued = await issuer.create(ordered, calm());
  return { ...issued, ref: { secret: SECRET, version, marker: ordered.marker } };
}

/** The same version with material that was never issued. */
export function garbled(version: Created): Created {
  const material = Object.fromEntries(
    Object.keys(version.material).map((part) => [part, SecretValue.fromText("not-what-was-issued")]),
  );
  return { ...version, material };
}

/** As if it had been created long before, past every time to settle. */
export function aged(version: Created): Created {
  return { ...version, createdAt: version.createdAt - 24 * HOUR_MS };
}

/** Repeats what fails as transient, as the runner does, until it resolves; far sides lag. */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + PATIENCE_MS; ;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof RotationError) || error.kind !== "transient" || performance.now() > until)
        throw error;
      await sleep(Math.min(error.retryAfterMs ?? 50, 100));
    }
  }
}

/** Reads until it sees what it should, or patience ends. */
export async function eventually<T>(read: () => Promise<T>, expected: (value: T) => boolean): Promise<T> {
  for (const until = performance.now() + LAG_MS; ;) {
    const value = await patiently(read);
    if (expected(value) || performance.now() > until) return value;
    await sleep(25);
  }
}

/** The `RotationError` that `act` ends with; anything else fails the case. */
export async function failureOf(act: () => Promise<unknown>): Promise<RotationError> {
  const thrown = await act().then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown, "it must fail with a RotationError").toBeInstanceOf(RotationError);
  return thrown as RotationError;
}

/** Every method of the issuer but those replaced. Class instances keep their private fields this way. */
export function replacing(issuer: Issuer, methods: Partial<Issuer>): Issuer {
  return {
    ...(issuer.generate === undefined
      ? {}
      : { generate: (signal) => (issuer.generate as NonNullable<Issuer["generate"]>)(signal) }),
    create: (ordered, signal) => issuer.create(ordered, signal),
    find: (mark, signal) => issuer.find(mark, signal),
    list: (signal) => issuer.list(signal),
    verify: (version, signal) => issuer.verify(version, signal),
    revoke: (ref, signal, manner) => issuer.revoke(ref, signal, manner),
    ...(issuer.inspect === undefined
      ? {}
      : {
          inspect: (around, signal) => (issuer.inspect as NonNullable<Issuer["inspect"]>)(around, signal),
        }),
    ...(issuer.offered === undefined
      ? {}
      : {
          offered: (current, signal) => (issuer.offered as NonNullable<Issuer["offered"]>)(current, signal),
        }),
    close: () => issuer.close(),
    ...methods,
  };
}
