/** Who keyturn itself signs in as. Read anew for each session, so that what a rotation put there counts at once. */
import { readFile } from "node:fs/promises";
import { RotationError } from "../../domain/errors.ts";
import { expandPath, type Environment } from "../../domain/expand-path.ts";
import { SecretValue } from "../../domain/material.ts";
import { errnoOf } from "../errno.ts";
import type { PostgresConnectionConfig } from "./schema.ts";

export interface PostgresCredential {
  readonly user: string;
  /** Null where the server is to ask for none. */
  readonly password: SecretValue | null;
}

type Places = Pick<PostgresConnectionConfig, "user" | "passwordFile" | "credentialFile">;

export async function readOwnCredential(config: Places, env: Environment): Promise<PostgresCredential> {
  const { user, passwordFile, credentialFile } = config;
  if (credentialFile !== undefined) return readBoth(expandPath(credentialFile, env));
  const password = passwordFile === undefined ? null : await readPassword(expandPath(passwordFile, env));
  return { user: user as string, password };
}

async function readPassword(path: string): Promise<SecretValue> {
  const text = (await readOwn(path)).replace(/\r?\n$/, "");
  if (text !== "") return SecretValue.fromText(text);
  throw unusable(path, "is empty", "Put the password of keyturn's own role there.");
}

async function readBoth(path: string): Promise<PostgresCredential> {
  const [user = "", password = "", ...rest] = (await readOwn(path)).split(/\r?\n/);
  if (user !== "" && password !== "" && rest.every((line) => line === ""))
    return { user, password: SecretValue.fromText(password) };
  throw unusable(
    path,
    "does not hold a role and its password on two lines",
    "The first line is the role's name, the second its password.",
  );
}

async function readOwn(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `keyturn's own PostgreSQL credential cannot be read from ${path} (${errnoOf(error)})`,
      hint: "Check the connection, and that keyturn's user may read the file.",
    });
  });
  const text = bytes.toString("utf8");
  bytes.fill(0);
  return text;
}

function unusable(path: string, what: string, hint: string): RotationError {
  return new RotationError("config-invalid", { kind: "rejected", message: `${path} ${what}`, hint });
}
