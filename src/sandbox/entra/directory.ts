/** The tenant's truth: applications and their credentials, and what each replica already knows of them. */
import type { Random, Range } from "./seeded-random.ts";

export type Audience = "AzureADMyOrg" | "AzureADandPersonalMicrosoftAccount";

export interface Credential {
  readonly keyId: string;
  readonly displayName: string | null;
  readonly secretText: string;
  readonly startAt: number;
  endAt: number;
  readonly addedAt: number;
  /** null while it lives. */
  removedAt: number | null;
  /** Per replica of the token endpoint: since when it knows of the birth, and how long after the removal of that. */
  readonly signIn: readonly Lag[];
  /** The same for the replicas that reads land on. */
  readonly read: readonly Lag[];
}

interface Lag {
  readonly afterAddMs: number;
  readonly afterRemoveMs: number;
}

export interface Application {
  readonly objectId: string;
  readonly appId: string;
  /** Object id of its service principal, which is what owns and is given roles. */
  readonly principalId: string;
  readonly displayName: string;
  readonly audience: Audience;
  /** Object ids of the service principals that own it. */
  readonly owners: readonly string[];
  /** Longest life of a credential that the tenant's policy allows; null for no limit. */
  readonly maxLifetimeMs: number | null;
  readonly createdAt: number;
  readonly certificates: readonly string[];
  readonly credentials: Credential[];
  /** Of its service principal: whether it may sign in at all. */
  accountEnabled?: boolean;
}

/** How far behind the replicas are, in milliseconds. The real ones: 4-18 s for sign-in, sometimes minutes. */
export interface Replication {
  readonly replicas: number;
  readonly signIn: Range;
  /** A removed secret keeps working this long. */
  readonly signInRemoval: Range;
  readonly read: Range;
  /** A removal this soon after the addition answers that there is no such key. */
  readonly youngMs: number;
}

export interface CredentialOrder {
  readonly displayName: string | null;
  readonly startAt: number;
  readonly endAt: number;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~";

export class Directory {
  readonly applications: Application[] = [];
  /** Graph's application permissions, by client id; they go into tokens that are made from then on. */
  readonly roles = new Map<string, readonly string[]>();
  readonly #random: Random;
  readonly #replication: Replication;

  constructor(random: Random, replication: Replication) {
    this.#random = random;
    this.#replication = replication;
  }

  byAppId(appId: string): Application | undefined {
    return this.applications.find((app) => app.appId === appId.toLowerCase());
  }

  byObjectId(objectId: string): Application | undefined {
    return this.applications.find((app) => app.objectId === objectId.toLowerCase());
  }

  /** `settled`: every replica knows of it already. */
  addCredential(app: Application, order: CredentialOrder, now: number, settled = false): Credential {
    const credential: Credential = {
      ...order,
      keyId: this.#random.guid(),
      secretText: this.#secretText(),
      addedAt: settled ? now - 3_600_000 : now,
      removedAt: null,
      signIn: this.#lags(settled ? [0, 0] : this.#replication.signIn, this.#replication.signInRemoval),
      read: this.#lags(settled ? [0, 0] : this.#replication.read, this.#replication.read),
    };
    app.credentials.push(credential);
    return credential;
  }

  /** False when there is no such key, or it is too young for the replica that answers. */
  removeCredential(app: Application, keyId: string, now: number): boolean {
    const credential = app.credentials.find((one) => one.keyId === keyId && one.removedAt === null);
    if (credential === undefined || now - credential.addedAt < this.#replication.youngMs) return false;
    credential.removedAt = now;
    return true;
  }

  live(app: Application): Credential[] {
    return app.credentials.filter((one) => one.removedAt === null);
  }

  /** What a read sees that lands on a random replica. */
  seenByRead(app: Application, now: number): Credential[] {
    const replica = this.#replica();
    return app.credentials.filter((one) => knows(one, one.read[replica] as Lag, now));
  }

  /** Whether the random replica that a sign-in lands on accepts this secret. */
  signIn(app: Application, secret: string, now: number): "accepted" | "expired" | "refused" {
    const replica = this.#replica();
    const match = app.credentials.find(
      (one) => one.secretText === secret && knows(one, one.signIn[replica] as Lag, now),
    );
    if (match === undefined) return "refused";
    return match.endAt <= now ? "expired" : "accepted";
  }

  #replica(): number {
    return Math.floor(this.#random.next() * this.#replication.replicas);
  }

  #lags(added: Range, removed: Range): Lag[] {
    return Array.from({ length: this.#replication.replicas }, () => ({
      afterAddMs: this.#random.between(added),
      afterRemoveMs: this.#random.between(removed),
    }));
  }

  /** The form that Entra's have had: three characters, `8Q~`, 34 more. */
  #secretText(): string {
    const letters = (count: number): string =>
      Array.from({ length: count }, () => ALPHABET[Math.floor(this.#random.next() * ALPHABET.length)]).join(
        "",
      );
    return `${letters(3)}8Q~${letters(34)}`;
  }
}

function knows(credential: Credential, lag: Lag, now: number): boolean {
  if (now < credential.addedAt + lag.afterAddMs) return false;
  return credential.removedAt === null || now < credential.removedAt + lag.afterRemoveMs;
}
