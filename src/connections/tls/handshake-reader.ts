/** What a server sends first (RFC 5246 sections 6.2 and 7.4), read as far as its ServerHelloDone. Bounded, whatever comes. */

/** Certificates of 100 KiB and more are no use to anybody, nor is a list of hundreds. */
const MOST_BYTES = 512 * 1024;
const MOST_MESSAGE = 256 * 1024;
const MOST_CERTIFICATES = 100;

const RECORD = { alert: 21, handshake: 22 } as const;
const MESSAGE = { serverHello: 2, certificate: 11, serverKeyExchange: 12, serverHelloDone: 14 } as const;

/** What came, once it is enough. */
export interface ServerFlight {
  /** 0x0303 for TLS 1.2. */
  readonly version: number;
  readonly serverRandom: Buffer;
  /** DER, as they are sent. */
  readonly certificates: readonly Buffer[];
  /** The ServerKeyExchange message; `null` with RSA key exchange. */
  readonly keyExchange: Buffer | null;
}

/** The server ended the handshake, in its own words (RFC 5246 section 7.2). */
export class ServerAlert extends Error {
  readonly description: number;

  constructor(description: number) {
    super(`alert ${description}`);
    this.description = description;
  }
}

export class NotTls extends Error {}

export class HandshakeReader {
  #buffered: Buffer = Buffer.alloc(0);
  #messages: Buffer = Buffer.alloc(0);
  #received = 0;
  #hello: Pick<ServerFlight, "version" | "serverRandom"> | null = null;
  #certificates: readonly Buffer[] | null = null;
  #keyExchange: Buffer | null = null;

  /** The flight, once it is complete. Throws `ServerAlert` or `NotTls`. */
  read(chunk: Buffer): ServerFlight | undefined {
    this.#received += chunk.length;
    if (this.#received > MOST_BYTES) throw new NotTls("it sends more than any handshake has");
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    for (let record = this.#record(); record !== undefined; record = this.#record())
      if (this.#takeRecord(record.type, record.content)) return this.#flight();
    return undefined;
  }

  #record(): { readonly type: number; readonly content: Buffer } | undefined {
    const buffered = this.#buffered;
    const type = buffered[0];
    if (type === undefined) return undefined;
    const isKnown = type === RECORD.alert || type === RECORD.handshake;
    if (!isKnown || (buffered.length > 1 && buffered[1] !== 3)) throw new NotTls("it does not speak TLS");
    if (buffered.length < 5) return undefined;
    const length = buffered.readUInt16BE(3);
    if (length === 0 || length > 2 ** 14 + 2048) throw new NotTls("it sends records that TLS does not have");
    if (buffered.length < 5 + length) return undefined;
    this.#buffered = buffered.subarray(5 + length);
    return { type, content: buffered.subarray(5, 5 + length) };
  }

  #takeRecord(type: number, content: Buffer): boolean {
    if (type === RECORD.alert) {
      // A warning (of an unknown name, say) does not end anything.
      if (content[0] === 2) throw new ServerAlert(content[1] ?? 0);
      return false;
    }
    this.#messages = Buffer.concat([this.#messages, content]);
    for (;;) {
      if (this.#messages.length < 4) return false;
      const length = this.#messages.readUIntBE(1, 3);
      if (length > MOST_MESSAGE) throw new NotTls("it sends a message larger than any certificate list");
      if (this.#messages.length < 4 + length) return false;
      const body = this.#messages.subarray(4, 4 + length);
      if (this.#takeMessage(this.#messages[0] as number, body)) return true;
      this.#messages = this.#messages.subarray(4 + length);
    }
  }

  /** Whether it was the last one. */
  #takeMessage(type: number, body: Buffer): boolean {
    if (type === MESSAGE.serverHello) {
      if (body.length < 38) throw new NotTls("its hello is too short");
      this.#hello = { version: body.readUInt16BE(0), serverRandom: Buffer.from(body.subarray(2, 34)) };
    } else if (type === MESSAGE.certificate) this.#certificates = certificateList(body);
    else if (type === MESSAGE.serverKeyExchange) this.#keyExchange = Buffer.from(body);
    return type === MESSAGE.serverHelloDone;
  }

  #flight(): ServerFlight {
    if (this.#hello === null || this.#certificates === null)
      throw new NotTls("it ends its part of the handshake without a certificate");
    return { ...this.#hello, certificates: this.#certificates, keyExchange: this.#keyExchange };
  }
}

/** RFC 5246 section 7.4.2. */
function certificateList(body: Buffer): readonly Buffer[] {
  const certificates: Buffer[] = [];
  const end = body.length < 3 ? -1 : 3 + body.readUIntBE(0, 3);
  if (end !== body.length) throw new NotTls("its list of certificates has another length than it says");
  for (let at = 3; at < end;) {
    const length = at + 3 <= end ? body.readUIntBE(at, 3) : Infinity;
    if (at + 3 + length > end) throw new NotTls("its list of certificates ends within one");
    if (certificates.length === MOST_CERTIFICATES)
      throw new NotTls(`it sends more than ${MOST_CERTIFICATES} certificates`);
    certificates.push(Buffer.from(body.subarray(at + 3, at + 3 + length)));
    at += 3 + length;
  }
  return certificates;
}
