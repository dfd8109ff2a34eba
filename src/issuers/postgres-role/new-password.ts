import { randomInt } from "node:crypto";
import { SecretValue } from "../../domain/material.ts";

/** 190 bits, in characters that need no escape in an address, an INI file or a shell. */
const LENGTH = 32;
const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Put together in bytes, which are zeroed: a string would stay in memory. */
export function newPassword(): SecretValue {
  const text = Buffer.alloc(LENGTH);
  try {
    for (let at = 0; at < LENGTH; at += 1) text[at] = CHARACTERS.charCodeAt(randomInt(CHARACTERS.length));
    return SecretValue.fromBytes(text);
  } finally {
    text.fill(0);
  }
}
