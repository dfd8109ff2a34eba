/**
 * A random value that nobody mints: an API key or a shared secret of one's own applications.
 *
 * - There is nobody to call, so nothing carries the marker, nothing can be found, listed or revoked there, and `verify`
 *   proves nothing: a secret of this kind needs a probe.
 * - `overlap: none` (the default): the application knows one value at a time, so whoever still sends the previous one is
 *   refused from the switch on, and the policy must say `allowGap`. `dual` is a promise about the application: it takes
 *   the previous value beside the new one until the policy's overlap is over.
 */
import { randomBytes, randomInt } from "node:crypto";
import { randomSchema, type RandomConfig } from "./random/config.ts";
import { charactersOf } from "./random/alphabet.ts";
import { proved } from "../domain/check.ts";
import { RotationError } from "../domain/errors.ts";
import { SecretValue, type Material } from "../domain/material.ts";
import type { Issuer, IssuerKind } from "../domain/ports.ts";

export const random: IssuerKind<RandomConfig> = {
  kind: "random",
  material: "supplied",
  authenticates: false,
  schema: randomSchema,
  overlap: (config) => config.overlap,
  connect: async (config, _secret, { clock }) =>
    ({
      generate: () => ({ value: generate(config) }),
      async create({ marker, material }, signal) {
        assertGoesOn(signal);
        if (material === undefined) throw nothingThere("create");
        assertValue(material, "create");
        return { credential: { id: marker, marker }, material, createdAt: clock.now(), notAfter: null };
      },
      async find(_marker, signal) {
        assertGoesOn(signal);
        return [];
      },
      async list(signal) {
        assertGoesOn(signal);
        return [];
      },
      async verify({ material }, signal) {
        assertGoesOn(signal);
        assertValue(material, "verify");
      },
      async revoke(_ref, signal) {
        assertGoesOn(signal);
      },
      async inspect() {
        return [proved("generator", "new values are made on this machine; nobody is asked")];
      },
      async close() {},
    }) satisfies Issuer,
};

/** Put together in bytes, which are zeroed: a string would stay in memory. */
function generate(config: RandomConfig): SecretValue {
  const text = config.bytes === undefined ? draw(config) : encode(config.bytes, config.encoding);
  try {
    return SecretValue.fromBytes(text);
  } finally {
    text.fill(0);
  }
}

/** `randomInt` rejects what would favour some characters over others. */
function draw(config: RandomConfig): Buffer {
  const characters = charactersOf(config);
  const text = Buffer.alloc(config.length ?? 0);
  for (let at = 0; at < text.length; at += 1) text[at] = characters.charCodeAt(randomInt(characters.length));
  return text;
}

function encode(count: number, encoding: RandomConfig["encoding"]): Buffer {
  const bytes = randomBytes(count);
  const text = Buffer.from(bytes.toString(encoding ?? "base64url"), "latin1");
  bytes.fill(0);
  return text;
}

function assertGoesOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new RotationError("aborted", { kind: "transient", message: "the call was cancelled" });
}

function assertValue({ value }: Material, what: string): void {
  if (value === undefined || value.revealBytes((bytes) => bytes.length) === 0) throw nothingThere(what);
}

function nothingThere(what: string): RotationError {
  return new RotationError("internal", {
    kind: "invariant",
    message: `a random version without the part \`value\` came to ${what}`,
  });
}
