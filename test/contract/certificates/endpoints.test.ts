/** What servers send, seen as they send it: real TLS servers, STARTTLS in four protocols, and servers that mean no good. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket, createServer as plain, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPem } from "../../../src/certificates/index.ts";
import { readServed } from "../../../src/connections/tls/read-served.ts";
import type { Endpoint, StartTls } from "../../../src/domain/endpoint.ts";
import { OpensslAuthority } from "../../pki/openssl.ts";
import { imap, ldap, listening, plainServer, smtp } from "./stand-ins.ts";

const folder = mkdtempSync(join(tmpdir(), "keyturn-test-"));
let ca: OpensslAuthority;

beforeAll(() => {
  ca = new OpensslAuthority(folder);
  ca.leaf("shop");
  ca.leaf("rsa", { key: "rsa" });
});

afterAll(() => rmSync(folder, { recursive: true }));

function tls(name = "shop", more: TlsOptions = {}): TlsOptions {
  return { cert: ca.read(`${name}-chain.pem`), key: ca.read(`${name}.key`), ...more };
}

function secureServer(options: TlsOptions) {
  const server = createServer(options, (socket) => void socket.on("error", () => {}));
  return server.on("tlsClientError", () => {});
}

function read(
  port: number,
  more: Partial<Endpoint> = {},
  deadlineMs = 5_000,
  signal = new AbortController().signal,
) {
  const endpoint = { host: "127.0.0.1", port, servername: "localhost", startTls: null, ...more };
  return readServed(endpoint, deadlineMs, signal);
}

function digests(certificates: readonly Uint8Array[]) {
  return certificates.map((der) => createHash("sha256").update(der).digest("hex"));
}

function ofFiles(...names: readonly string[]) {
  return digests(names.flatMap((name) => readPem(ca.read(name), "CERTIFICATE")));
}

describe("the list as it is sent", () => {
  it.each<[string, TlsOptions]>([
    ["TLS 1.2 and 1.3", {}],
    ["TLS 1.2 only", { maxVersion: "TLSv1.2" }],
    ["TLS 1.3 only", { minVersion: "TLSv1.3" }],
    ["RSA key exchange", { maxVersion: "TLSv1.2", ciphers: "AES128-SHA256:AES128-SHA" }],
  ])("in its order, with what does not belong: %s", async (_what, more) => {
    const files = ["rsa.pem", "root.pem", "shop.pem", "issuing.pem", "root.pem"];
    const cert = files.map((name) => ca.read(name)).join("");
    const { certificates, provesKey } = await read(
      await listening(secureServer(tls("rsa", { cert, ...more }))),
    );
    expect(digests(certificates)).toEqual(ofFiles(...files));
    expect(provesKey).toBe(more.ciphers === undefined ? true : null);
  });

  it("of the name that is asked for", async () => {
    const server = secureServer(tls("shop"));
    server.addContext("rsa.example.com", tls("rsa"));
    const port = await listening(server);
    expect(digests((await read(port)).certificates)).toEqual(ofFiles("shop.pem", "issuing.pem"));
    const named = await read(port, { servername: "rsa.example.com" });
    expect(digests(named.certificates)).toEqual(ofFiles("rsa.pem", "issuing.pem"));
  });

  it("of a server that wants a certificate from its clients", async () => {
    const options = { requestCert: true, rejectUnauthorized: true, ca: ca.read("root.pem") };
    const port = await listening(secureServer(tls("shop", options)));
    expect(digests((await read(port)).certificates)).toEqual(ofFiles("shop.pem", "issuing.pem"));
  });

  it("of a server that sends octet by octet", async () => {
    const behind = await listening(secureServer(tls()));
    const slow = plain((front) => drip(front, behind));
    expect((await read(await listening(slow))).certificates).toHaveLength(2);
  });

  it("and whether the server has the key: one that replays another's certificate has not", async () => {
    const [good, other] = [await listening(secureServer(tls())), await listening(secureServer(tls("rsa")))];
    expect((await read(good)).provesKey).toBe(true);
    const port = await listening(plain((front) => swapCertificates(front, good, other)));
    expect((await read(port)).provesKey).toBe(false);
  });
});

/** One server's handshake with another's certificates in it: what a copied certificate without its key looks like. */
function swapCertificates(front: Socket, good: number, other: number): void {
  front.once("data", (hello: Buffer) => {
    const [own, stolen] = [flightOf(good, hello), flightOf(other, hello)];
    void Promise.all([own, stolen]).then(([mine, theirs]) => {
      const swapped = mine.map((message) =>
        message[0] === 11 ? theirs.find(([type]) => type === 11) : message,
      );
      front.write(Buffer.concat(swapped.map((message) => record(message ?? Buffer.alloc(0)))));
    });
  });
}

/** The handshake messages that a server answers a hello with, up to ServerHelloDone. */
function flightOf(port: number, hello: Buffer): Promise<Buffer[]> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host: "127.0.0.1", port });
    const messages: Buffer[] = [];
    let received: Buffer = Buffer.alloc(0);
    socket.on("error", () => {}).write(hello);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (
        let length = received.length < 5 ? Infinity : received.readUInt16BE(3);
        received.length >= 5 + length;
      ) {
        messages.push(...split(received.subarray(5, 5 + length)));
        received = received.subarray(5 + length);
        length = received.length < 5 ? Infinity : received.readUInt16BE(3);
      }
      if (messages.at(-1)?.[0] !== 14) return;
      socket.destroy();
      resolve(messages);
    });
  });
}

function split(content: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < content.length; at += 4 + content.readUIntBE(at + 1, 3))
    messages.push(content.subarray(at, at + 4 + content.readUIntBE(at + 1, 3)));
  return messages;
}

/** Passes on what the server says, one octet a write. */
function drip(front: Socket, port: number): void {
  const back = connectTo(port, front);
  front.on("data", (chunk: Buffer) => void back.write(chunk));
  back.on("data", (chunk: Buffer) => {
    for (const octet of chunk) front.write(Buffer.from([octet]));
  });
}

describe("STARTTLS", () => {
  it.each<[StartTls, typeof smtp]>([
    ["smtp", smtp],
    ["imap", imap],
    ["ldap", ldap],
  ])("%s", async (startTls, speak) => {
    for (const more of [{}, { minVersion: "TLSv1.3" }] as const) {
      const port = await listening(plainServer(speak, tls("shop", more)));
      const { certificates } = await read(port, { startTls });
      expect(digests(certificates)).toEqual(ofFiles("shop.pem", "issuing.pem"));
    }
  });

  it.each<[StartTls, string, string]>([
    ["smtp", "554 no service\r\n", "refuses STARTTLS of SMTP: 554 no service"],
    ["imap", "* BYE overloaded\r\n", "refuses STARTTLS of IMAP: * BYE overloaded"],
    ["postgres", "N", "it has no TLS"],
    ["postgres", "E", "does not answer as PostgreSQL does"],
    ["postgres", "SS", "does not answer as PostgreSQL does"],
    ["ldap", "0\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00", "its LDAP result code is 52"],
    ["ldap", "HTTP/1.1 400 Bad Request\r\n\r\n", "does not answer as an LDAP server does"],
    ["smtp", "220 hi\r\n250 slipped in\r\n", "says more than it was asked before TLS"],
  ])("of %s, refused: %j", async (startTls, says, message) => {
    const port = await listening(plain((socket) => void socket.write(Buffer.from(says, "latin1"))));
    await expect(read(port, { startTls })).rejects.toMatchObject({
      code: "unexpected-answer",
      message: expect.stringContaining(message) as string,
    });
  });
});

describe("servers that mean no good end in an error, in time", () => {
  const deadlineMs = 400;

  it.each<[string, (socket: Socket) => void, StartTls | null, string]>([
    ["says nothing", () => {}, null, "timeout"],
    ["says nothing before STARTTLS", () => {}, "smtp", "timeout"],
    ["hangs up", (socket) => socket.destroy(), null, "unexpected-answer"],
    [
      "speaks HTTP",
      (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
      null,
      "unexpected-answer",
    ],
    ["drips for ever", (socket) => trickle(socket, Buffer.from([22, 3, 3, 64, 0])), null, "timeout"],
    [
      "babbles before STARTTLS",
      (socket) => flood(socket, "220-more to come\r\n"),
      "smtp",
      "unexpected-answer",
    ],
    ["never ends its line", (socket) => flood(socket, "x".repeat(1024)), "imap", "unexpected-answer"],
    [
      "sends empty records",
      (socket) => flood(socket, Buffer.from([22, 3, 3, 0, 0])),
      null,
      "unexpected-answer",
    ],
    [
      "sends records of warnings",
      (socket) => flood(socket, Buffer.from([21, 3, 3, 0, 2, 1, 0])),
      null,
      "unexpected-answer",
    ],
    [
      "promises 16 MiB",
      (socket) => void socket.write(Buffer.from([22, 3, 3, 0, 4, 11, 255, 255, 255])),
      null,
      "unexpected-answer",
    ],
    [
      "sends a handshake without end",
      (socket) => flood(socket, record(Buffer.alloc(16_000, 0))),
      null,
      "unexpected-answer",
    ],
  ])("%s", async (_what, behave, startTls, code) => {
    const port = await listening(plain(behave));
    const begin = performance.now();
    await expect(read(port, { startTls }, deadlineMs)).rejects.toMatchObject({ code });
    expect(performance.now() - begin).toBeLessThan(deadlineMs + 1_500);
  });

  it("nobody is there", async () => {
    await expect(read(1)).rejects.toMatchObject({ code: "unreachable" });
  });

  it("and a check that is cancelled ends at once", async () => {
    const port = await listening(plain(() => {}));
    const stop = new AbortController();
    const reading = read(port, {}, 60_000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
  });
});

function record(content: Buffer): Buffer {
  const head = Buffer.from([22, 3, 3, 0, 0]);
  head.writeUInt16BE(content.length, 3);
  return Buffer.concat([head, content]);
}

/** As much as the other side takes, until it hangs up. */
function flood(socket: Socket, text: string | Buffer): void {
  // In large writes: client and server share this process.
  const block = Buffer.concat(
    new Array<Buffer>(1_000).fill(Buffer.from(text)).slice(0, Math.ceil(65_536 / text.length)),
  );
  const more = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", more);
  more();
}

function trickle(socket: Socket, begin: Buffer): void {
  socket.write(begin);
  const timer = setInterval(() => void socket.write(Buffer.from([0])), 20);
  socket.once("close", () => clearInterval(timer));
}

function connectTo(port: number, front: Socket): Socket {
  const back = connectSocket({ host: "127.0.0.1", port });
  back.on("error", () => front.destroy()).on("close", () => front.end());
  front.on("close", () => back.destroy());
  return back;
}
