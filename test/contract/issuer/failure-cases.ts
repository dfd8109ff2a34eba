/** What an issuer makes of a far side that fails. */
import { inspect } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { RotationError } from "../../../src/domain/errors.ts";
import type { Issuer } from "../../../src/domain/ports.ts";
import type { Created } from "../../../src/domain/version.ts";
import { findCanary } from "../../canary.ts";
import type { FarSideFault, IssuerCase, IssuerOperation, IssuerWorld } from "../describe-issuer.ts";
import {
  aged,
  calm,
  eventually,
  failureOf,
  garbled,
  issue,
  marker,
  order,
  patiently,
  replacing,
} from "./scene.ts";

const OPERATIONS: readonly IssuerOperation[] = ["create", "find", "list", "verify", "revoke"];
const FAULTS: readonly FarSideFault[] = ["refuses", "throttles", "cuts-after-applying"];
const SOON_MS = 1_000;

export const FAILURE_CASES: readonly IssuerCase[] = [
  {
    name: "stops soon after its signal aborts, whatever it is doing",
    async check(world) {
      const version = await settled(world);
      for (const operation of OPERATIONS) {
        world.fail(operation, "never-answers");
        const abort = new AbortController();
        const failing = failureOf(() => perform(world.issuer, operation, version, abort.signal));
        abort.abort();
        const error = await Promise.race([failing, sleep(SOON_MS, null)]);
        expect(error, `${operation} must stop`).not.toBeNull();
        expect(error, operation).toMatchObject({ code: "aborted" });
      }
    },
    saboteur: "does not pass the signal on",
    sabotage: (issuer) => replacing(issuer, { find: (mark) => issuer.find(mark, calm()) }),
  },
  {
    name: "is cancelled in mid-write with an unknown outcome",
    async check(world) {
      const ordered = await order(world.issuer, 1);
      world.fail("create", "never-answers");
      const abort = new AbortController();
      const failing = failureOf(() => world.issuer.create(ordered, abort.signal));
      // The write reaches the far side, which is an event there and not here.
      await eventually(
        async () => (await world.live()).length,
        (count) => count > 0,
      );
      abort.abort();
      expect(await failing).toMatchObject({ kind: "outcome-unknown" });
    },
    saboteur: "says that a cancelled write did not happen",
    sabotage: (issuer) =>
      replacing(issuer, {
        create: (ordered, signal) =>
          rethrowing(
            issuer.create(ordered, signal),
            () => new RotationError("aborted", { kind: "transient", message: "sabotaged" }),
          ),
      }),
  },
  {
    name: "does not try again what the far side refuses",
    async check(world) {
      for (const operation of ["create", "list", "revoke"] as const) {
        const version = await settled(world);
        world.fail(operation, "refuses");
        expect(
          await failureOf(() => perform(world.issuer, operation, version, calm())),
          operation,
        ).toMatchObject({ kind: "rejected" });
      }
    },
    saboteur: "calls a refusal transient",
    sabotage: (issuer) =>
      replacing(issuer, {
        list: (signal) =>
          rethrowing(
            issuer.list(signal),
            () => new RotationError("server-error", { kind: "transient", message: "sabotaged" }),
          ),
      }),
  },
  {
    name: "waits as it is asked to",
    async check(world) {
      const version = await settled(world);
      world.fail("list", "throttles");
      const error = await failureOf(() => perform(world.issuer, "list", version, calm()));
      expect(error).toMatchObject({ kind: "transient", code: "throttled" });
      expect(error.retryAfterMs ?? 0).toBeGreaterThan(0);
    },
    saboteur: "forgets how long to wait",
    sabotage: (issuer) =>
      replacing(issuer, {
        list: (signal) =>
          rethrowing(
            issuer.list(signal),
            (error) => new RotationError(error.code, { kind: error.kind, message: error.message }),
          ),
      }),
  },
  {
    name: "makes no second credential when the answer to a write is lost, and finds the first",
    async check(world) {
      const ordered = await order(world.issuer, 1);
      world.fail("create", "cuts-after-applying");
      const error = await failureOf(() => world.issuer.create(ordered, calm()));
      expect(error).toMatchObject({ kind: "outcome-unknown" });
      expect(await world.live()).toHaveLength(1);
      const found = await eventually(
        () => world.issuer.find(marker(1), calm()),
        (refs) => refs.length > 0,
      );
      expect(found.map((one) => one.id)).toEqual(await world.live());
    },
    saboteur: "repeats a write blindly",
    sabotage: (issuer) =>
      replacing(issuer, {
        create: async (ordered, signal) => {
          await issuer.create(ordered, signal).catch(() => undefined);
          await issuer.create(await order(issuer, 1), signal);
          throw new RotationError("lost-answer", { kind: "outcome-unknown", message: "sabotaged" });
        },
      }),
  },
  {
    name: "does not say of a lost answer that it was refused",
    async check(world) {
      const version = await settled(world);
      world.fail("revoke", "cuts-after-applying");
      expect(await failureOf(() => world.issuer.revoke(version.credential, calm()))).toMatchObject({
        kind: "outcome-unknown",
      });
      expect(await world.live()).not.toContain(version.credential.id);
    },
    saboteur: "takes a lost answer for a refusal",
    sabotage: (issuer) =>
      replacing(issuer, {
        revoke: (ref, signal) =>
          rethrowing(
            issuer.revoke(ref, signal),
            () => new RotationError("permission-denied", { kind: "rejected", message: "sabotaged" }),
          ),
      }),
  },
  {
    name: "lets no secret into any error",
    async check(world) {
      const version = await settled(world);
      const errors = [await failureOf(() => world.issuer.verify(garbled(aged(version)), calm()))];
      for (const fault of FAULTS) {
        for (const operation of ["create", "list", "verify", "revoke"] as const) {
          world.fail(operation, fault);
          errors.push(await failureOf(() => perform(world.issuer, operation, version, calm())));
          await patiently(() => world.issuer.list(calm()));
        }
      }
      const printed = Buffer.from(
        errors.map((error) => inspect(error, { depth: Infinity, showHidden: true })).join("\n"),
      );
      for (const canary of [...world.canaries(), "not-what-was-issued"])
        expect(findCanary(printed, canary)).toEqual([]);
    },
    saboteur: "keeps the request as the cause",
    sabotage: (issuer) =>
      replacing(issuer, {
        verify: (version, signal) =>
          rethrowing(issuer.verify(version, signal), (error) => withBody(error, version)),
      }),
  },
];

/** One version that lives and that nothing lags behind. */
async function settled(world: IssuerWorld): Promise<Created> {
  const version = await patiently(() => issue(world.issuer, 1));
  await patiently(() => world.issuer.verify(version, calm()));
  return version;
}

function perform(
  issuer: Issuer,
  operation: IssuerOperation,
  version: Created,
  signal: AbortSignal,
): Promise<unknown> {
  switch (operation) {
    case "create":
      return order(issuer, 9).then((ordered) => issuer.create(ordered, signal));
    case "find":
      return issuer.find(version.ref.marker, signal);
    case "list":
      return issuer.list(signal);
    case "verify":
      return issuer.verify(version, signal);
    case "revoke":
      return issuer.revoke(version.credential, signal);
  }
}

async function rethrowing<T>(doing: Promise<T>, change: (error: RotationError) => RotationError): Promise<T> {
  return doing.catch((error: unknown) => {
    throw error instanceof RotationError ? change(error) : error;
  });
}

function withBody(error: RotationError, version: Created): RotationError {
  const body = Object.values(version.material).map((part) =>
    part.revealBytes((bytes) => bytes.toString("base64")),
  );
  return new RotationError(error.code, {
    kind: error.kind,
    message: error.message,
    cause: new Error(body.join("&")),
  });
}
