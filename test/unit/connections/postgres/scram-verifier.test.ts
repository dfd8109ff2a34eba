import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scramVerifier } from "../../../../src/connections/postgres/scram-verifier.ts";
import { SecretValue } from "../../../../src/domain/material.ts";

/** The exchange of RFC 7677 section 3: the server knows nothing but what the verifier holds. */
const SALT = "W22ZaJ0SNY7soEsUEjb6gQ==";
const NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const EXCHANGE = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${NONCE},s=${SALT},i=4096,c=biws,r=${NONCE}`;
const PROOF = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
const SERVER_SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

function partsOf(verifier: string): { storedKey: Buffer; serverKey: Buffer } {
  const [, salt, stored, server] =
    /^SCRAM-SHA-256\$4096:([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? ([] as readonly string[]);
  expect(salt).toBe(SALT);
  return { storedKey: Buffer.from(stored ?? "", "base64"), serverKey: Buffer.from(server ?? "", "base64") };
}

describe("a verifier", () => {
  it("lets a server check the proof of RFC 7677, and prove itself", async () => {
    const verifier = await scramVerifier(SecretValue.fromText("pencil"), Buffer.from(SALT, "base64"));
    const { storedKey, serverKey } = partsOf(verifier);
    const signature = createHmac("sha256", storedKey).update(EXCHANGE).digest();
    const clientKey = Buffer.from(PROOF.map((byte, at) => byte ^ (signature[at] ?? 0)));
    expect(createHash("sha256").update(clientKey).digest()).toEqual(storedKey);
    expect(createHmac("sha256", serverKey).update(EXCHANGE).digest("base64")).toBe(SERVER_SIGNATURE);
  });

  it.each(["", "päss", "two words", "line\nbreak"])(
    "is not made of %j, which SASLprep may change",
    async (text) => {
      await expect(scramVerifier(SecretValue.fromText(text), Buffer.alloc(16))).rejects.toThrow(TypeError);
    },
  );
});
