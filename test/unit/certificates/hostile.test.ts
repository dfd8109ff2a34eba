/**
 * Whatever is read or asked, there is an answer or `certificate-malformed`, soon. The bound of an answer is 100 ms; the
 * tests measure processor time, not the clock on the wall, and allow for a slow machine.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildPath,
  parseCertificate,
  parseRevocationList,
  readPem,
  RULES,
  type PathAnswer,
} from "../../../src/certificates/index.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { ask, type Chain } from "./fixtures/ask.ts";
import { commonName, element, extension, general, nameConstraints, names } from "./fixtures/der.ts";
import { authority, leaf, newKey, write, type Issued } from "./fixtures/issue.ts";
import { revocationList, writeList } from "./fixtures/revoke.ts";

const BOUND_MS = 300;

function timed<T>(work: () => T): T {
  const startedAt = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(startedAt);
  expect((user + system) / 1000).toBeLessThan(BOUND_MS);
  return result;
}

/** The certificate, or undefined when it is malformed; anything else is a fault. */
function orMalformed<T>(parse: () => T): T | undefined {
  try {
    return timed(parse);
  } catch (thrown) {
    if (thrown instanceof RotationError && thrown.code === "certificate-malformed") return undefined;
    throw thrown;
  }
}

function answered(chain: Chain): PathAnswer {
  const answer = timed(() => buildPath(ask(chain)));
  if (!answer.ok) {
    expect(answer.failures.length).toBeGreaterThan(0);
    for (const { rule } of answer.failures) expect(Object.keys(RULES)).toContain(rule);
  }
  return answer;
}

const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const root = authority("root");
const rich = leaf("example.com", root, {
  with: {
    altName: extension.altName(
      names(
        general.dns("example.com"),
        general.address("::1"),
        general.email("a@b.c"),
        general.directory(commonName("x")),
      ),
    ),
    nameConstraints: extension.nameConstraints(
      nameConstraints([general.dns("a")], [general.ip(1, 2, 3, 4, 255, 0, 0, 0)]),
    ),
  },
});

describe("fuzzed", () => {
  it("octets that are no certificate at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        expect(orMalformed(() => parseCertificate(octets))).toBeUndefined();
        expect(orMalformed(() => parseRevocationList(octets))).toBeUndefined();
      }),
    );
  });

  it("a certificate that is cut short anywhere", () => {
    const { der } = rich.certificate;
    for (let length = 0; length < der.length; length++)
      expect(orMalformed(() => parseCertificate(der.subarray(0, length)))).toBeUndefined();
  });

  it("a certificate with some octets changed is malformed, or its signature does not hold", () => {
    const { der } = rich.certificate;
    const change = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(der);
        for (const [at, octet] of changes) changed[at] = octet;
        const certificate = orMalformed(() => parseCertificate(changed));
        if (certificate === undefined || Buffer.compare(changed, der) === 0) return;
        const answer = answered({ leaf: { ...rich, certificate }, anchors: [root] });
        expect(answer.ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("a revocation list with some octets changed", () => {
    const der = writeList(root, { revoked: [rich] });
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 }), (at, octet) => {
        const changed = Uint8Array.from(der);
        changed[at] = octet;
        orMalformed(() => parseRevocationList(changed));
      }),
      { numRuns: 500 },
    );
  });

  it("text that is no PEM", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (string) => {
        orMalformed(() =>
          readPem(`-----BEGIN CERTIFICATE-----${string}-----END CERTIFICATE-----`, "CERTIFICATE"),
        );
      }),
    );
  });

  it("graphs of CAs that certify one another at random", () => {
    const keys = many(5, () => newKey());
    const named = (at: number) => ({ subject: commonName(`CA ${at}`), key: keys[at] ?? newKey() });
    const edge = fc.tuple(fc.nat(4), fc.nat(4));
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 12 }), fc.nat(4), fc.nat(4), (edges, trusted, signer) => {
        const issuedBy = (at: number): Issued => ({ ...root, ...named(at) });
        const pool = edges.map(([subject, by]) => authority("", { ...named(subject), by: issuedBy(by) }));
        const anchor = authority("", named(trusted));
        const end = leaf("example.com", issuedBy(signer));
        expect(answered({ leaf: end, pool, anchors: [anchor] }).ok).toBe(reaches(signer, trusted, edges));
      }),
      { numRuns: 60 },
    );
  });
});

/** Whether a walk from one CA to its issuers comes to the trusted one. */
function reaches(from: number, to: number, edges: readonly (readonly [number, number])[]): boolean {
  const seen = new Set([from]);
  for (const at of seen) for (const [subject, by] of edges) if (subject === at) seen.add(by);
  return seen.has(to);
}

describe("too much of something", () => {
  it.each([
    ["10 MiB", () => Buffer.alloc(10 << 20, 0x30)],
    ["10 MiB of zeros", () => element(0x30, Buffer.alloc(10 << 20))],
    ["nested 2,000 deep", () => nested(2_000)],
    ["nothing but empty elements", () => element(0x30, Buffer.alloc(90_000, Buffer.from([0x05, 0x00])))],
    [
      "60,000 octets of object identifier",
      () =>
        write(
          { algorithm: element(0x30, element(6, Buffer.alloc(60_000, 0x81).fill(1, 59_999))) },
          () => ({}),
        ),
    ],
    [
      "8,000 extensions",
      () =>
        write(
          { more: many(8_000, (at) => ({ id: `1.2.${at}`, critical: false, value: Buffer.alloc(0) })) },
          () => ({}),
        ),
    ],
    [
      "20,000 names",
      () =>
        write(
          { with: { altName: extension.altName(names(...many(20_000, () => general.dns("a")))) } },
          () => ({}),
        ),
    ],
    ["an RSA key of 400,000 bits", () => write({ keyInfo: hugeRsa() }, () => ({}))],
  ])("%s", (_what, make) => {
    const der = make();
    const certificate = orMalformed(() => parseCertificate(der));
    if (certificate !== undefined)
      expect(answered({ leaf: { ...root, certificate }, anchors: [root] }).ok).toBe(false);
  });

  it("10 MiB of PEM without an end", () => {
    const pem = `-----BEGIN CERTIFICATE-----\n${" ".repeat(10 << 20)}`;
    expect(orMalformed(() => readPem(pem, "CERTIFICATE"))).toBeUndefined();
    expect(orMalformed(() => readPem("-----BEGIN X-----\n".repeat(200_000), "CERTIFICATE"))).toBeUndefined();
  });

  it("a revocation list of 1 MiB, read and searched", () => {
    const serial = (at: number) => `${(0x10000000 + at).toString(16)}00112233445566778899aabb`;
    const revoked = many(29_000, (at) => ({
      ...rich,
      certificate: { ...rich.certificate, serial: serial(at) },
    }));
    const der = writeList(root, { revoked });
    const list = timed(() => parseRevocationList(der));
    const end = leaf("example.com", root);
    expect(timed(() => buildPath(ask({ leaf: end, anchors: [root] }, { revocationLists: [list] }))).ok).toBe(
      true,
    );
  });

  it.each([
    [300, "P-256"],
    [80, "P-384"],
    [60, "P-521"],
  ])("%i CAs of one name with other keys on %s", (count, curve) => {
    const pool = many(count, () => authority("ca", { by: root, key: newKey(curve) }));
    const end = leaf("example.com", authority("ca", { by: root }));
    const answer = answered({ leaf: end, pool, anchors: [root] });
    expect(answer.ok ? undefined : answer.failures[0]?.rule).toBe("within-limits");
  });

  it("22 CAs that all certify one another, none of them trusted", () => {
    const keys = many(22, () => newKey());
    const named = (at: number) => ({ subject: commonName(`CA ${at}`), key: keys[at] ?? newKey() });
    const pool = keys.flatMap((_, at) =>
      keys.flatMap((_key, by) =>
        at === by ? [] : [authority("", { ...named(at), by: { ...root, ...named(by) } })],
      ),
    );
    expect(answered({ leaf: leaf("example.com", { ...root, ...named(0) }), pool, anchors: [root] }).ok).toBe(
      false,
    );
  });

  it("more certificates than are looked at", () => {
    const answer = answered({ leaf: rich, pool: many(501, () => rich), anchors: [root] });
    expect(answer.ok ? undefined : answer.failures[0]?.rule).toBe("within-limits");
  });

  it("a chain without end", () => {
    const chain = many(60, () => newKey()).reduce<Issued[]>(
      (all, key, at) => [...all, authority(`CA ${at}`, { key, by: all.at(-1) ?? root })],
      [],
    );
    const end = leaf("example.com", chain.at(-1) ?? root);
    const answer = answered({ leaf: end, pool: chain, anchors: [root] });
    expect(answer.ok ? undefined : answer.failures[0]?.rule).toBe("within-limits");
  });

  it("thousands of names against thousands of constraints", () => {
    const subtrees = nameConstraints(
      many(2_500, (at) => general.dns(`p${at}.example.com`)),
      many(2_500, (at) => general.dns(`e${at}.org`)),
    );
    const ca = authority("ca", { by: root, with: { nameConstraints: extension.nameConstraints(subtrees) } });
    const altName = extension.altName(names(...many(4_000, (at) => general.dns(`n${at}.example.com`))));
    const end = leaf("n1.example.com", ca, { with: { altName } });
    const answer = answered({ leaf: end, pool: [ca], anchors: [root] });
    expect(answer.ok ? [] : answer.failures.map(({ rule }) => rule)).toContain("within-limits");
  });

  it("revocation lists that nobody signed", () => {
    const lists = many(400, () => revocationList(root, { key: newKey() }));
    const end = leaf("example.com", root);
    const answer = timed(() => buildPath(ask({ leaf: end, anchors: [root] }, { revocationLists: lists })));
    expect(answer.ok ? undefined : answer.failures[0]?.rule).toBe("within-limits");
  });
});

function nested(depth: number): Buffer {
  let inner: Buffer = Buffer.alloc(0);
  for (let at = 0; at < depth; at++) inner = element(0x30, inner);
  return inner;
}

/** A modulus of 50,000 octets. */
function hugeRsa(): Buffer {
  const rsa = element(
    0x30,
    Buffer.concat([element(0x06, Buffer.from("2a864886f70d010101", "hex")), Buffer.from([5, 0])]),
  );
  const key = element(
    0x30,
    Buffer.concat([element(2, Buffer.alloc(50_000, 0x7f)), element(2, Buffer.from([3]))]),
  );
  return element(0x30, Buffer.concat([rsa, element(0x03, Buffer.concat([Buffer.from([0]), key]))]));
}

it("says a limit by name and not by a number of milliseconds", () => {
  const answer = buildPath(ask({ leaf: rich, pool: [root], anchors: [root] }, { limits: { branches: 0 } }));
  expect(answer.ok ? [] : answer.failures.map(({ message }) => message)).toContain(
    "the search used up its branches",
  );
});
