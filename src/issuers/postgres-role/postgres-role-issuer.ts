import { randomBytes } from "node:crypto";
import type { PostgresConnection } from "../../connections/postgres/postgres-connection.ts";
import { quoteName, quoteText } from "../../connections/postgres/quote.ts";
import { SALT_BYTES, scramVerifier } from "../../connections/postgres/scram-verifier.ts";
import type { Session } from "../../connections/postgres/session.ts";
import type { Finding, Surroundings } from "../../domain/check.ts";
import { SecretValue, type Material } from "../../domain/material.ts";
import type { CreateOrder, Issuer, Listed, RevokeManner } from "../../domain/ports.ts";
import type { Clock } from "../../domain/time.ts";
import type { Created, CredentialRef, Issued, Marker } from "../../domain/version.ts";
import { carryOver } from "./carry-over.ts";
import { closeRole } from "./close-role.ts";
import { namesIn, type PostgresRoleConfig } from "./config.ts";
import { assertFree, assertMayOverwrite, freeRole } from "./free-role.ts";
import { inspectRoles } from "./inspect-roles.ts";
import { listedRole } from "./listed-role.ts";
import { newPassword } from "./new-password.ts";
import {
  notARoleOfOurs,
  notChecked,
  ownRole,
  refusedPassword,
  roleNotFound,
  withoutPart,
} from "./refusals.ts";
import { withMarker } from "./role-comment.ts";
import { credentialId, isLive, rolesMarked, rolesNamed, type Role } from "./role.ts";

/** Closing is the connection's business, which others share. */
export class PostgresRoleIssuer implements Issuer {
  readonly #config: PostgresRoleConfig;
  readonly #postgres: PostgresConnection;
  readonly #clock: Clock;

  constructor(config: PostgresRoleConfig, postgres: PostgresConnection, clock: Clock) {
    this.#config = config;
    this.#postgres = postgres;
    this.#clock = clock;
  }

  /** The role is chosen here, before anything is journaled: every attempt at a version is about the same one. */
  async generate(signal: AbortSignal): Promise<Material> {
    const { mode } = this.#config;
    const names = namesIn(this.#config);
    const [only = ""] = names;
    const name = mode === "single-user" ? only : freeRole(names, await this.#roles(signal));
    return { username: SecretValue.fromText(name), password: newPassword() };
  }

  async create({ marker, material = {}, notAfter }: CreateOrder, signal: AbortSignal): Promise<Issued> {
    const { username, password } = partsOf(material);
    const name = username.reveal((text) => text);
    if (!namesIn(this.#config).includes(name)) throw notARoleOfOurs(name);
    const { mode, validFor } = this.#config;
    if (mode === "alternating-users") {
      const order = { names: namesIn(this.#config), name, marker, owner: this.#config.owner };
      await carryOver(this.#postgres, { ...order, keepsExpiry: validFor === undefined }, signal);
    }
    const endsAt = notAfter ?? (validFor === undefined ? null : this.#clock.now() + validFor);
    const verifier = await scramVerifier(password, randomBytes(SALT_BYTES));
    const order = { what: `set the password of ${name}` };
    const until = await this.#postgres.transaction(order, signal, async (session) => {
      const [role] = await rolesNamed(session, [name]);
      if (role === undefined) throw roleNotFound(name);
      await this.#assertMine(session, role, marker);
      await setPassword(session, role, verifier, endsAt);
      await comment(session, role, marker);
      return endsAt ?? role.notAfter;
    });
    return {
      credential: { id: credentialId({ name, marker }), marker },
      material,
      createdAt: this.#clock.now(),
      notAfter: until,
    };
  }

  async find(marker: Marker, signal: AbortSignal): Promise<readonly CredentialRef[]> {
    const order = { what: `look for the role that carries ${marker}` };
    const found = await this.#postgres.session(order, signal, (session) => rolesMarked(session, marker));
    return found.map((role) => ({ id: credentialId(role), marker }));
  }

  async list(signal: AbortSignal): Promise<readonly Listed[]> {
    return (await this.#roles(signal)).filter(isLive).map(listedRole);
  }

  async verify(version: Created, signal: AbortSignal): Promise<void> {
    const { username, password } = partsOf(version.material);
    const user = username.reveal((text) => text);
    const database = this.#config.database ?? this.#postgres.database;
    const verdict = await this.#postgres.signIn({ user, password }, database, signal);
    if (verdict === "accepted") return;
    if (verdict === "not-checked") throw notChecked(user, this.#postgres.host);
    const facts = { ageMs: this.#clock.now() - version.createdAt, settleMs: this.#config.settle };
    throw refusedPassword(
      namesIn(this.#config).includes(user) ? user : "a role that is not one of `roles`",
      facts,
    );
  }

  revoke(ref: CredentialRef, signal: AbortSignal, manner?: RevokeManner): Promise<void> {
    return closeRole(this.#postgres, ref, manner?.endSessions === true, signal);
  }

  inspect(around: Surroundings, signal: AbortSignal): Promise<readonly Finding[]> {
    return inspectRoles(this.#postgres, this.#config, around, signal);
  }

  async close(): Promise<void> {}

  async #roles(signal: AbortSignal): Promise<readonly Role[]> {
    const names = namesIn(this.#config);
    return this.#postgres.session({ what: "read the roles" }, signal, (session) =>
      rolesNamed(session, names),
    );
  }

  async #assertMine(session: Session, role: Role, marker: Marker): Promise<void> {
    if (this.#config.mode === "alternating-users") return assertFree(role, marker);
    if (await ownRole.isSignedInAs(session, role.name)) throw ownRole.cannotBeOverwritten(role.name);
    assertMayOverwrite(role, marker, this.#config.adopt ?? []);
  }
}

function partsOf({ username, password }: Material): { username: SecretValue; password: SecretValue } {
  if (username === undefined) throw withoutPart("username");
  if (password === undefined) throw withoutPart("password");
  return { username, password };
}

async function setPassword(
  session: Session,
  { name }: Role,
  verifier: string,
  endsAt: number | null,
): Promise<void> {
  const until = endsAt === null ? "" : ` VALID UNTIL ${quoteText(new Date(endsAt).toISOString())}`;
  await session.runDiscreetly(`ALTER ROLE ${quoteName(name)} LOGIN PASSWORD ${quoteText(verifier)}${until}`);
}

async function comment(session: Session, role: Role, marker: Marker): Promise<void> {
  const text = withMarker(role.comment, marker) ?? "";
  await session.run(`COMMENT ON ROLE ${quoteName(role.name)} IS ${quoteText(text)}`);
}
