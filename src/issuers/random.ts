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
import { nobodyToAsk } from "./supplied/nobody-to-ask.ts";
import { proved } from "../domain/check.ts";
import { SecretValue } from "../domain/material.ts";
import type { Issuer, IssuerKind } from "../domain/ports.ts";

export const random: IssuerKind<RandomConfig> = {
  kind: "random",
  material: "supplied",
  authenticates: false,
  schema: randomSchema,
  overlap: (config) => config.overlap,
  connect: async (config, _secret, { clock }) =>
    ({
      ...nobodyToAsk({ clock, lifetimeMs: null }),
      generate: async () => ({ value: generate(config) }),
      async inspect() {
        return [proved("generator", "new values are made on this machine; nobody is asked")];
      },
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
