/** What is refused before any rule is asked, and that the error says where. */
import { describe, expect, it } from "vitest";
import { parseCertificate, readPem } from "../../../src/certificates/index.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../src/sandbox/tls/der.ts";
import { createAuthority } from "../../../src/sandbox/tls/authority.ts";
import {
  basicConstraints,
  element,
  extension,
  general,
  names,
  text,
  type Extension,
} from "./fixtures/der.ts";
import { authority, day, NOW, write, type Draft } from "./fixtures/issue.ts";

function written(draft: Draft): Buffer {
  return write(draft, () => ({}));
}

/** `field: problem`. */
function problemOf(der: Uint8Array): string {
  try {
    parseCertificate(der);
  } catch (thrown) {
    if (!(thrown instanceof RotationError)) throw thrown;
    expect(thrown.code).toBe("certificate-malformed");
    return thrown.message;
  }
  return "none";
}

const withExtension = (one: Extension) => written({ more: [one] });
const ce = (id: number, value: Buffer): Extension => ({ id: `2.5.29.${id}`, critical: false, value });
const rsaKey = (...numbers: readonly Buffer[]) =>
  sequence(
    sequence(objectIdentifier("1.2.840.113549.1.1.1"), Buffer.from([5, 0])),
    bitString(sequence(...numbers)),
  );

const good = written({});
const inSubject = (tag: number, value: string) =>
  element(0x30, element(0x31, sequence(objectIdentifier("2.5.4.3"), text(tag, value))));

const ROWS: readonly (readonly [what: string, der: Uint8Array, problem: string])[] = [
  ["nothing", Buffer.alloc(0), "certificate: it ends too early"],
  ["one that is cut short", good.subarray(0, -1), "certificate: it is longer than what it stands in"],
  [
    "one with something behind it",
    Buffer.concat([good, Buffer.alloc(1)]),
    "certificate: something follows its end",
  ],
  ["indefinite length", Buffer.from([0x30, 0x80, 0, 0]), "certificate: its length is indefinite"],
  [
    "a long form for a short length",
    Buffer.from([0x30, 0x81, 0x01, 0x05]),
    "certificate: its length is not in the shortest form",
  ],
  ["a length of five octets", Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1]), "certificate: its length is beyond"],
  [
    "a high tag number",
    Buffer.from([0x3f, 0x1f, 0x00]),
    "certificate: it has a tag that no certificate uses",
  ],
  [
    "a string in parts",
    element(0x30, Buffer.from([0x24, 0x00])),
    "certificate: a string is put together from parts",
  ],
  ["another structure", sequence(integer(1n)), "certificate.value.tbsCertificate: something else stands"],
  [
    "a BOOLEAN of 01",
    withExtension({
      ...ce(99, Buffer.alloc(2)),
      id: "2.5.29.19",
      value: sequence(element(1, Buffer.from([1]))),
    }),
    "extensions.basicConstraints: a BOOLEAN is not 00 or FF",
  ],
  [
    "an INTEGER with padding",
    written({ serial: Buffer.from([0, 1]) }),
    "certificate: an INTEGER has more octets",
  ],
  ["an empty INTEGER", written({ serial: Buffer.alloc(0) }), "certificate: an INTEGER is empty"],
  [
    "a version that is written although it is the default",
    written({ version: explicit(0, integer(0n)) }),
    "version: there is no such version",
  ],
  ["version 4", written({ version: explicit(0, integer(3n)) }), "version: there is no such version"],
  [
    "extensions in version 1",
    written({ version: Buffer.alloc(0), more: [ce(14, octetString(Buffer.from([1])))] }),
    "extensions: only version 3",
  ],
  [
    "a time without seconds",
    written({ notBefore: text(0x17, "2601010000Z") }),
    "certificate: a UTCTime has a character",
  ],
  [
    "a time with a fraction",
    written({ notBefore: text(0x18, "20260101000000.5Z") }),
    "certificate: a GeneralizedTime",
  ],
  [
    "a time of another zone",
    written({ notBefore: text(0x17, "260101000000+0100") }),
    "certificate: a UTCTime",
  ],
  [
    "the 30th of February",
    written({ notBefore: text(0x17, "260230000000Z") }),
    "validity.notBefore: there is no such time",
  ],
  ["hour 24", written({ notAfter: text(0x17, "260201240000Z") }), "validity.notAfter: there is no such time"],
  [
    "an address as PrintableString with @",
    written({ subject: inSubject(0x13, "a@b") }),
    "certificate: a PrintableString has a character",
  ],
  [
    "a UTF8String that is Latin-1",
    written({ subject: inSubject(0x0c, "\u00e4") }),
    "certificate: a UTF8String is not UTF-8",
  ],
  [
    "a negative modulus",
    written({ keyInfo: rsaKey(element(2, Buffer.from([0x80])), integer(3n)) }),
    "publicKey: a number of the RSA key is negative",
  ],
  [
    "an RSA key with a third number",
    written({ keyInfo: rsaKey(integer(9n), integer(3n), integer(1n)) }),
    "publicKey.RSAPublicKey: it has more fields",
  ],
  [
    "a critical that is written although it is false",
    written({
      uniqueIds: explicit(
        3,
        sequence(sequence(objectIdentifier("1.2.3"), boolean(false), octetString(good))),
      ),
    }),
    "extensions.1.2.3: critical is written out as FALSE",
  ],
  [
    "a default cA written out",
    withExtension(extension.basicConstraints(sequence(boolean(false)))),
    "extensions.basicConstraints: it has more in it",
  ],
  [
    "a third field of basic constraints",
    withExtension(extension.basicConstraints(sequence(boolean(true), integer(0n), integer(0n)))),
    "extensions.basicConstraints: it has more in it",
  ],
  [
    "a negative path length",
    withExtension(extension.basicConstraints(sequence(boolean(true), element(2, Buffer.from([0xff]))))),
    "extensions.basicConstraints: its path length is negative",
  ],
  [
    "an extension with something behind it",
    withExtension(extension.basicConstraints(Buffer.concat([basicConstraints(true), Buffer.from([5, 0])]))),
    "extensions.basicConstraints: something follows its end",
  ],
  [
    "a BIT STRING with bits set that it does not use",
    withExtension(extension.keyUsage(bitString(Buffer.from([0x81]), 1))),
    "extensions.keyUsage: a BIT STRING has unused bits",
  ],
  [
    "no usages",
    withExtension(extension.extendedKeyUsage(sequence())),
    "extensions.extendedKeyUsage: it lists no usages",
  ],
  [
    "no alternative names",
    withExtension(extension.altName(sequence())),
    "extensions.subjectAltName: it lists no names",
  ],
  [
    "a name of a kind that does not exist",
    withExtension(extension.altName(names(element(0x89, Buffer.alloc(1))))),
    "extensions.subjectAltName: it has a name of a kind",
  ],
  [
    "no access descriptions",
    withExtension(extension.authorityInfo(sequence())),
    "extensions.authorityInfoAccess: its list is empty",
  ],
  [
    "a subtree with a maximum",
    withExtension(
      extension.nameConstraints(
        sequence(explicit(0, sequence(general.dns("a"), element(0x81, Buffer.from([1]))))),
      ),
    ),
    "permittedSubtrees: a subtree has a minimum",
  ],
  [
    "a policy twice",
    withExtension(
      extension.policies(sequence(sequence(objectIdentifier("1.2.3")), sequence(objectIdentifier("1.2.3")))),
    ),
    "extensions.certificatePolicies: it lists a policy twice",
  ],
  [
    "policy constraints without any",
    withExtension(extension.policyConstraints(sequence())),
    "extensions.policyConstraints: it constrains nothing",
  ],
  [
    "an unknown field of the authority key",
    withExtension(extension.authorityKey(sequence(element(0x83, Buffer.alloc(1))))),
    "extensions.authorityKeyIdentifier.value: it has more fields",
  ],
  [
    "an OBJECT IDENTIFIER that is cut short",
    withExtension(extension.extendedKeyUsage(sequence(element(6, Buffer.from([0x2a, 0x86]))))),
    "extensions.extendedKeyUsage: an OBJECT IDENTIFIER is cut short",
  ],
];

describe("parseCertificate", () => {
  it.each(ROWS)("says of %s what is wrong", (_what, der, problem) => {
    expect(problemOf(der)).toContain(problem);
  });

  it("reads what everybody else reads", () => {
    const [certificate] = readPem(createAuthority("CA of the sandbox", NOW).caPem, "CERTIFICATE").map(
      parseCertificate,
    );
    expect(certificate).toMatchObject({
      version: 3,
      subject: { attributes: [{ type: "2.5.4.3", text: "CA of the sandbox" }] },
      publicKey: { kind: { type: "ec", curve: "P-256" } },
      known: { basicConstraints: { ca: true }, keyUsage: new Set(["keyCertSign", "cRLSign"]) },
    });
  });

  it("takes a copy: what happens to the octets afterwards changes nothing", () => {
    const der = written({ notAfter: day(3) });
    const certificate = parseCertificate(der);
    der.fill(0);
    expect(certificate.der[0]).toBe(0x30);
    expect(certificate.notAfter.at).toBe(NOW + 3 * 86_400_000);
  });
});

describe("readPem", () => {
  const pem = createAuthority("PEM", NOW).caPem;

  it("reads every block of its kind, whatever stands around them", () => {
    expect(
      readPem(`# first\n${pem}\n# second\r\n${pem.replaceAll("\n", "\r\n")}`, "CERTIFICATE"),
    ).toHaveLength(2);
  });

  it.each([
    ["nothing", ""],
    ["another kind", pem.replaceAll("CERTIFICATE", "X509 CRL")],
    ["a block without end", pem.replace("-----END CERTIFICATE-----", "")],
    ["base64 that is cut short", pem.replace("\n-----END", "A\n-----END")],
  ])("refuses %s", (_what, broken) => {
    expect(() => readPem(broken, "CERTIFICATE")).toThrow(RotationError);
  });
});

it("gives a certificate its fingerprint", () => {
  expect(authority("root").certificate.fingerprint).toMatch(/^[0-9a-f]{64}$/);
});
