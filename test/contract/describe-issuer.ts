/**
 * What every kind of issuer must do. A kind's test starts its stand-in (or the engine) and calls `describeIssuer`. Each case
 * comes with a saboteur, a broken issuer that the case must catch: a case that cannot fail proves nothing.
 */
import { describe, expect, it } from "vitest";
import type { Issuer, IssuerKind } from "../../src/domain/ports.ts";
import { CONFIG_CASES } from "./issuer/config-cases.ts";
import { FAILURE_CASES } from "./issuer/failure-cases.ts";
import { INSPECT_CASES } from "./issuer/inspect-cases.ts";
import { LIFE_CASES } from "./issuer/life-cases.ts";
import { OFFER_CASES } from "./issuer/offer-cases.ts";
import { SUPPLIED_CASES } from "./issuer/supplied-cases.ts";

/** What a far side does to the next request of an operation. */
export type FarSideFault = "refuses" | "throttles" | "cuts-after-applying" | "never-answers";

export type IssuerOperation = "create" | "find" | "list" | "verify" | "revoke";

/** An issuer and the far side behind it, without random faults, though it may lag. */
export interface IssuerWorld {
  readonly issuer: Issuer;
  /** Ids of what lives at the far side, read there, not through the issuer. */
  live(): Promise<readonly string[]>;
  /** A credential that someone else made there. */
  addForeign(): Promise<string>;
  /** Somebody else makes another version; given for kinds that offer what others make. */
  renew?(): Promise<void>;
  /** The next request of that operation fails so. */
  fail(operation: IssuerOperation, fault: FarSideFault): void;
  /** Text that must not appear in any error: every secret that exists on either side. */
  canaries(): readonly string[];
  close(): Promise<void>;
}

export interface IssuerHarness<C> {
  readonly kind: IssuerKind<C>;
  readonly goodConfig: Readonly<Record<string, unknown>>;
  /** Every required key missing and every key with a bad value. An unknown key is tried anyway. */
  readonly badConfigs: readonly {
    readonly change: Readonly<Record<string, unknown>>;
    readonly path: string;
  }[];
  /** False when nobody but us knows of a credential: only the cases that hold without anyone to call are run. */
  readonly farSide?: boolean;
  start(): Promise<IssuerWorld>;
}

export interface IssuerCase {
  readonly name: string;
  /** True when the case also holds of an issuer that has nobody to call. */
  readonly holdsAlone?: boolean;
  check(world: IssuerWorld): Promise<void>;
  /** What the broken one does. */
  readonly saboteur: string;
  sabotage(issuer: Issuer): Issuer;
}

export interface ConfigCase {
  readonly name: string;
  check(harness: Pick<IssuerHarness<unknown>, "kind" | "goodConfig" | "badConfigs">): void;
  readonly saboteur: string;
  sabotage(kind: IssuerKind<unknown>): IssuerKind<unknown>;
}

export function describeIssuer<C>(harness: IssuerHarness<C>): void {
  describe(`issuer ${harness.kind.kind}`, () => {
    for (const one of casesFor(harness)) {
      it(one.name, () => inWorld(harness, (world) => one.check(world)));
      it(`would catch one that ${one.saboteur}`, () =>
        inWorld(harness, async (world) => {
          await expectCaught(() => one.check({ ...world, issuer: one.sabotage(world.issuer) }));
        }));
    }
    for (const one of CONFIG_CASES) {
      const whole = harness as unknown as IssuerHarness<unknown>;
      it(one.name, () => one.check(whole));
      it(`would catch one that ${one.saboteur}`, async () => {
        await expectCaught(() => one.check({ ...whole, kind: one.sabotage(whole.kind) }));
      });
    }
  });
}

function casesFor<C>({ kind, farSide = true }: IssuerHarness<C>): readonly IssuerCase[] {
  const supplied = kind.material === "supplied" ? SUPPLIED_CASES : [];
  const offers = kind.offers === true ? OFFER_CASES : [];
  return [...LIFE_CASES, ...FAILURE_CASES, ...INSPECT_CASES, ...supplied, ...offers].filter(
    (one) => farSide || one.holdsAlone === true,
  );
}

async function inWorld<C>(
  harness: IssuerHarness<C>,
  use: (world: IssuerWorld) => Promise<void>,
): Promise<void> {
  const world = await harness.start();
  try {
    await use(world);
  } finally {
    await world.close();
  }
}

/** The check must fail by one of its assertions, not by an accident of the saboteur. */
async function expectCaught(check: () => void | Promise<void>): Promise<void> {
  const thrown = await Promise.resolve()
    .then(check)
    .then(
      () => null,
      (error: unknown) => error,
    );
  expect(thrown, "the case let the saboteur pass").toMatchObject({ name: "AssertionError" });
}
