/** The issuer's side of the world: credentials, and reads that lag and flap. */
import { RotationError } from "../../../src/domain/errors.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import { assertFree, freeRole } from "../../../src/issuers/postgres-role/free-role.ts";
import type { Role } from "../../../src/issuers/postgres-role/role.ts";
import type { Listed } from "../../../src/domain/ports.ts";
import { formatMarker, type CredentialRef, type Issued } from "../../../src/domain/version.ts";
import type { Ground } from "./options.ts";

export interface Credential {
  readonly id: string;
  readonly secret: string;
  readonly marker: string | null;
  readonly value: string;
  readonly createdAt: number;
  /** Reads do not show it before, and still show it for a while after it is gone. */
  readonly visibleAt: number;
  /** It authenticates from here on. */
  readonly worksAt: number;
  /** Somebody else's: it must outlive everything. */
  readonly foreign: boolean;
  revokedAt: number | null;
  /** Whoever had signed in with it was cut off. */
  sessionsEnded: boolean;
}

/** Between a role's name and the rest of its password. */
const OF_ROLE = "/";

const FOREIGN = { createdAt: 0, visibleAt: 0, worksAt: 0, foreign: true } as const;

export class IssuerSide {
  readonly #ground: Ground;
  readonly #credentials: Credential[] = [];
  #reads = 0;
  #chosen = 0;

  constructor(ground: Ground, secrets: Iterable<string>) {
    this.#ground = ground;
    for (const secret of secrets) {
      // Another keyturn's, of a run that this journal has never heard of.
      const marker = formatMarker(secret, "0another", 1);
      this.#putForeign(secret, `old-${secret}`, null);
      this.#putForeign(secret, `another-${secret}`, marker);
      for (const name of ground.options().forgotten?.[secret] ?? []) this.#putForeign(secret, name, null);
    }
  }

  /** Its value is its id. */
  #putForeign(secret: string, id: string, marker: string | null): void {
    this.#credentials.push({ ...this.#blank(secret, marker, id), ...FOREIGN, id });
  }

  #blank(secret: string, marker: string | null, value: string): Credential {
    const now = this.#ground.now();
    const { readLagMs = 0, settleMs = 0, stillborn = [] } = this.#ground.options();
    const worksAt = stillborn.includes(secret) ? Number.POSITIVE_INFINITY : now + settleMs;
    const id = `key-${this.#credentials.length + 1}`;
    const visibleAt = now + readLagMs;
    return {
      id,
      secret,
      marker,
      value,
      createdAt: now,
      visibleAt,
      worksAt,
      foreign: false,
      revokedAt: null,
      sessionsEnded: false,
    };
  }

  /** No two are alike, even when nothing of the first was ever used. */
  choose(secret: string): string {
    const names = this.#turns(secret);
    const role = names === null ? "" : `${freeRole(names, this.#roles(secret, names))}${OF_ROLE}`;
    return `${role}chosen-${secret}-${(this.#chosen += 1)}`;
  }

  #turns(secret: string): readonly string[] | null {
    return this.#ground.options().turns?.[secret] ?? null;
  }

  #roles(secret: string, names: readonly string[]): readonly Role[] {
    return names.map((name) => {
      const marker = this.#holderOf(secret, name)?.marker ?? null;
      return { name, marker, canLogin: marker !== null, comment: marker, notAfter: null };
    });
  }

  #holderOf(secret: string, role: string): Credential | undefined {
    return this.#credentials.find(
      (each) =>
        each.secret === secret && each.revokedAt === null && each.value.startsWith(`${role}${OF_ROLE}`),
    );
  }

  /** The password that the role had goes with the new one. */
  #takeRole(secret: string, marker: string, value: string): void {
    const names = this.#turns(secret);
    const name = value.split(OF_ROLE, 1)[0] ?? "";
    if (names === null) return;
    const role = this.#roles(secret, names).find((each) => each.name === name);
    assertFree(role, marker);
    const holder = this.#holderOf(secret, name);
    if (holder !== undefined) holder.revokedAt = this.#ground.now();
  }

  /** A person makes a value at the vendor, before keyturn hears of it. */
  makeByHand(secret: string): { readonly id: string; readonly value: string } {
    const credential = this.#blank(secret, null, `by-hand-${this.#credentials.length}`);
    this.#credentials.push(credential);
    return credential;
  }

  revokeByHand(id: string): void {
    const found = this.#credentials.find((each) => each.id === id);
    if (found?.revokedAt !== null) return;
    found.revokedAt = this.#ground.now();
    this.#ground.check(`a person revoked ${id}`);
  }

  #isByHand(secret: string): boolean {
    return this.#ground.options().byHand?.includes(secret) === true;
  }

  #taken(marker: string, supplied: string | null): Issued {
    const made = this.#credentials.find((each) => each.value === supplied);
    if (made === undefined) this.#ground.violate(`${marker} has a value that nobody gave`);
    const credential = { id: made?.id ?? "", marker };
    const material = { value: SecretValue.fromText(supplied ?? "") };
    return { credential, material, createdAt: this.#ground.now(), notAfter: null };
  }

  create(secret: string, marker: string, supplied: string | null): Issued {
    this.#ground.mutates(["do create"], secret);
    if (this.#isByHand(secret)) return this.#taken(marker, supplied);
    const { limit } = this.#ground.options();
    if (limit !== undefined && this.live().filter((each) => each.secret === secret).length >= limit) {
      throw new RotationError("too-many-credentials", { kind: "rejected", message: "full" });
    }
    const value = supplied ?? `value-${this.#credentials.length}-${marker}`;
    this.#takeRole(secret, marker, value);
    const credential = this.#blank(secret, marker, value);
    this.#credentials.push(credential);
    const { id, createdAt } = credential;
    return {
      credential: { id, marker },
      material: { value: SecretValue.fromText(value) },
      createdAt,
      notAfter: null,
    };
  }

  find(marker: string): readonly CredentialRef[] {
    return this.#seen()
      .filter((each) => each.marker === marker)
      .map(({ id }) => ({ id, marker }));
  }

  list(secret: string): readonly Listed[] {
    const own = this.#isByHand(secret) ? [] : this.#seen().filter((each) => each.secret === secret);
    return own.map(({ id, marker, createdAt }) => ({ id, marker, createdAt, notAfter: null, label: null }));
  }

  #seen(): readonly Credential[] {
    const { readLagMs = 0, flapMs = 0 } = this.#ground.options();
    const now = this.#ground.now();
    const behindMs = (this.#reads += 1) % 2 === 0 ? 0 : flapMs;
    return this.#credentials.filter(
      ({ visibleAt, revokedAt }) =>
        visibleAt + behindMs <= now && (revokedAt === null || revokedAt + readLagMs + behindMs > now),
    );
  }

  /** A refusal is taken for final only once the credential had its time to settle. */
  verify(value: string): void {
    if (this.works(value)) return;
    const created = this.#credentials.findLast((each) => each.value === value);
    const settledAt = (created?.createdAt ?? 0) + (this.#ground.options().settleMs ?? 0);
    if (this.#ground.now() >= settledAt) {
      throw new RotationError("credential-refused", { kind: "rejected", message: "refused" });
    }
    throw new RotationError("not-settled", { kind: "transient", message: "not yet", retryAfterMs: 5_000 });
  }

  /** Two attempts at one version may have made two credentials of one value: one of them is enough. */
  works(value: string): boolean {
    const now = this.#ground.now();
    return this.#credentials.some(
      (each) => each.value === value && each.revokedAt === null && each.worksAt <= now,
    );
  }

  revoke(id: string, endSessions: boolean): void {
    const found = this.#credentials.find((each) => each.id === id);
    this.#ground.mutates(["undo create", "do retire"], found?.secret ?? "");
    if (found !== undefined && endSessions) found.sessionsEnded = true;
    if (found?.revokedAt !== null || this.#isByHand(found.secret)) return;
    // A far side that does not see it yet answers "gone", and it lives on.
    if (found.visibleAt > this.#ground.now()) return;
    found.revokedAt = this.#ground.now();
    if (found.foreign && !this.#isNamed(found)) this.#ground.violate(`foreign credential ${id} was revoked`);
    this.#ground.check(`revoke ${id}`);
  }

  #isNamed({ secret, id }: Credential): boolean {
    return this.#ground.options().adopt?.[secret]?.includes(id) === true;
  }

  /** Ours, alive. */
  live(): readonly Credential[] {
    return this.#credentials.filter((each) => !each.foreign && each.revokedAt === null);
  }

  /** Given into our hands, and alive. */
  liveNamed(secret: string): readonly string[] {
    return this.#credentials
      .filter((each) => each.secret === secret && each.revokedAt === null && this.#isNamed(each))
      .map(({ id }) => id);
  }

  /** Revoked, and nobody who had signed in was cut off. */
  keptSessions(id: string): boolean {
    return this.#credentials.some((each) => each.id === id && each.revokedAt !== null && !each.sessionsEnded);
  }

  isAlive(id: string): boolean {
    return this.#credentials.some((each) => each.id === id && each.revokedAt === null);
  }
}
