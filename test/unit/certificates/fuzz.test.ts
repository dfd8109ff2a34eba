/** Whatever is fed to it: an answer or an error of ours, at once. Seeds that failed once stay as tests of their own. */
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Authorities,
  diagnose,
  parseCertificate,
  type Certificate,
} from "../../../src/certificates/index.ts";
import { readContainer } from "../../../src/certificates/containers/read-container.ts";
import { pemBlocks } from "../../../src/certificates/containers/pem-blocks.ts";
import { HandshakeReader, NotTls, ServerAlert } from "../../../src/connections/tls/handshake-reader.ts";
import { startTlsDialogue, StartTlsRefused } from "../../../src/connections/tls/start-tls.ts";
import { START_TLS, parseEndpoint } from "../../../src/domain/endpoint.ts";
import { RotationError } from "../../../src/domain/errors.ts";
import { authority, day, leaf, NOW, type Issued } from "./fixtures/issue.ts";

const root = authority("Root", { notBefore: day(-100), notAfter: day(900) });
const issuing = authority("Issuing", { by: root, notBefore: day(-100), notAfter: day(900) });
const end = leaf("example.com", issuing);
const strangers = [
  authority("Stranger"),
  leaf("other.example.com", root),
  authority("Issuing", { by: root }),
];
const DER = Buffer.from(end.certificate.der);
const PEM = `-----BEGIN CERTIFICATE-----\n${DER.toString("base64")}\n-----END CERTIFICATE-----\n`;

const RUNS = { numRuns: 300 };

/** A copy with some octets changed, cut or repeated. */
function damaged(bytes: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.constantFrom("set", "cut", "double"));
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) =>
    changes.reduce((copy: Buffer, [at, octet, how]) => {
      if (how === "cut") return copy.subarray(0, Math.max(1, Math.min(at, copy.length)));
      if (how === "double") return Buffer.concat([copy.subarray(0, at), copy]);
      const next = Buffer.from(copy);
      next[at % next.length] = octet;
      return next;
    }, bytes),
  );
}

describe("files", () => {
  it.each([
    ["DER", damaged(DER)],
    ["PEM", damaged(Buffer.from(PEM + PEM, "latin1"))],
    ["octets", fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))],
    [
      "DER of anything",
      fc
        .uint8Array({ maxLength: 200 })
        .map((bytes) => Buffer.concat([Buffer.from([0x30, 0x81, bytes.length]), bytes])),
    ],
  ])("%s", async (_what, bytes) => {
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        try {
          const { certificates } = await readContainer(content, "password");
          for (const der of certificates) parseCertificate(der);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RotationError);
        }
      }),
      RUNS,
    );
  });

  it("text with blocks that begin and never end takes no longer than it is long", () => {
    const text = "-----BEGIN CERTIFICATE-----\n".repeat(100_000);
    const begin = performance.now();
    expect(pemBlocks(text)).toHaveLength(100_000);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });
});

describe("chains", () => {
  const any = fc.constantFrom<Issued>(root, issuing, end, ...strangers);

  it("any list in any order gets a diagnosis; a verdict of ok only where OpenSSL sees each signed by the next", () => {
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 1, maxLength: 6 }),
        fc.array(any, { maxLength: 3 }),
        (served, pool) => {
          const of = (issued: readonly Issued[]): readonly Certificate[] =>
            issued.map(({ certificate }) => certificate);
          const { alone, pooled, findings } = diagnose({
            served: of(served),
            pool: new Authorities(of(pool)),
            trust: new Authorities([root.certificate]),
            at: NOW,
          });
          if (alone.ok) expect(pooled.ok).toBe(true);
          if (!alone.ok) expect(findings.some(({ level }) => level === "error")).toBe(true);
          for (const [at, one] of alone.path.slice(0, -1).entries()) {
            const [below, above] = [one, alone.path[at + 1]].map(
              (each) => new X509Certificate(each?.der ?? ""),
            );
            if (above !== undefined) expect(below?.verify(above.publicKey)).toBe(true);
          }
        },
      ),
      RUNS,
    );
  });
});

describe("servers", () => {
  it("a handshake of any octets, in pieces of any size", () => {
    const hello = Buffer.from([22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3, ...new Array<number>(36).fill(0)]);
    const pieces = fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(hello)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(pieces, (chunks) => {
        const reader = new HandshakeReader();
        try {
          for (const chunk of chunks) if (reader.read(Buffer.from(chunk)) !== undefined) return;
        } catch (thrown) {
          expect(thrown instanceof NotTls || thrown instanceof ServerAlert).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it.each(START_TLS)("a dialogue of any text: %s", (protocol) => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom("220 hi", "250-a", "250 b", "* OK", "a1 OK", "S", "0\u000c\u0002\u0001\u0001x"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (texts) => {
        const dialogue = startTlsDialogue(protocol);
        try {
          for (const text of texts)
            if (dialogue.read(Buffer.from(`${text}\r\n`, "latin1")) === "done") return;
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(StartTlsRefused);
        }
      }),
      RUNS,
    );
  });

  it("an address is read the same way again, or is none", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.domain().map((host) => `${host}:443`),
        ),
        (text) => {
          const endpoint = parseEndpoint(text);
          if (endpoint === null) return;
          const { host, port } = endpoint;
          const again = parseEndpoint(`${host.includes(":") ? `[${host}]` : host}:${port}`);
          expect([again?.host, again?.port]).toEqual([host, port]);
        },
      ),
      RUNS,
    );
  });
});
