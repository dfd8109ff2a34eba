/**
 * PKCS#12 (RFC 7292), read with node-forge. It takes nothing on trust from it: certificates come out as DER and are parsed
 * like any other. node-forge knows RSA keys only; it hands out others as the DER that they are, which OpenSSL reads.
 */
import { createPrivateKey } from "node:crypto";
import forge from "node-forge";
import { RotationError } from "../../domain/errors.ts";
import { malformed } from "../malformed.ts";
import type { Container, HeldKey } from "./container.ts";
import { integerOf, MOST_ROUNDS } from "./derivation-rounds.ts";

const DEEPEST = 30;

const { oids } = forge.pki;

export function readPkcs12(bytes: Uint8Array, password: string | undefined): Container {
  const tree = parse(bytes);
  const rounds = countRounds(tree, 0);
  if (rounds > MOST_ROUNDS)
    throw malformed("PKCS#12", `its password takes ${rounds} rounds to try, more than ${MOST_ROUNDS}`);
  const opened = open(tree, password);
  const bags = (...types: readonly (string | undefined)[]) =>
    types.flatMap((type) => (type === undefined ? [] : (opened.getBags({ bagType: type })[type] ?? [])));
  return {
    format: "pkcs12",
    certificates: bags(oids["certBag"]).flatMap(certificateOf),
    keys: bags(oids["pkcs8ShroudedKeyBag"], oids["keyBag"]).map(keyOf),
    trouble: [],
  };
}

function parse(bytes: Uint8Array): forge.asn1.Asn1 {
  try {
    return forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(bytes).toString("binary")));
  } catch {
    throw malformed("PKCS#12", "it is not well-formed, or was cut short");
  }
}

/** Salt and rounds stand side by side in everything that derives a key: a MAC, PKCS#5 and PKCS#12 encryption. */
function countRounds(node: forge.asn1.Asn1, depth: number): number {
  if (depth > DEEPEST) throw malformed("PKCS#12", "it is nested too deeply");
  if (!Array.isArray(node.value)) return countInside(node, depth);
  const children = node.value;
  const beside = children.reduce((sum, child, at) => {
    const isRounds =
      child.type === forge.asn1.Type.INTEGER && children[at - 1]?.type === forge.asn1.Type.OCTETSTRING;
    return sum + (isRounds ? integerOf(octetsOf(child)) : 0);
  }, 0);
  return children.reduce((sum, child) => sum + countRounds(child, depth + 1), beside);
}

/** What is not encrypted itself is DER within an OCTET STRING. */
function countInside(node: forge.asn1.Asn1, depth: number): number {
  if (node.type !== forge.asn1.Type.OCTETSTRING || typeof node.value !== "string") return 0;
  try {
    return countRounds(forge.asn1.fromDer(forge.util.createBuffer(node.value)), depth + 1);
  } catch (thrown) {
    if (thrown instanceof RotationError) throw thrown;
    return 0;
  }
}

function octetsOf({ value }: forge.asn1.Asn1): Buffer {
  return typeof value === "string" ? Buffer.from(value, "binary") : Buffer.alloc(0);
}

function open(tree: forge.asn1.Asn1, password: string | undefined): forge.pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(tree, false, password ?? "");
  } catch (thrown) {
    const isPassword = thrown instanceof Error && /password|MAC could not be verified/i.test(thrown.message);
    if (!isPassword) throw malformed("PKCS#12", "it is encrypted or made in a way that is not known here");
    throw new RotationError("certificate-locked", {
      kind: "rejected",
      message: `PKCS#12: it ${password === undefined ? "needs a password" : "does not open with this password"}`,
      hint: "Put the password into a file and give `--password-file FILE`.",
    });
  }
}

/** node-forge reads a certificate with an RSA key and keeps the DER of others; both are written out again as they were. */
function certificateOf(bag: forge.pkcs12.Bag): Uint8Array[] {
  const asn1 = bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1;
  return [Buffer.from(forge.asn1.toDer(asn1).getBytes(), "binary")];
}

function keyOf(bag: forge.pkcs12.Bag): HeldKey {
  const info = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1;
  const der = Buffer.from(forge.asn1.toDer(info).getBytes(), "binary");
  try {
    return { key: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
  } catch {
    return { key: null };
  } finally {
    der.fill(0);
  }
}
