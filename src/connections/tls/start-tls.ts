import type { StartTls } from "../../domain/endpoint.ts";

/** What a server says before TLS is read only as far as it must be; servers that babble are given up. */
const MOST_BYTES = 16 * 1024;

/**
 * One side of a dialogue in plain text. `read` is given what came and says what is to be sent next: `done` when TLS may
 * begin. Throws `StartTlsRefused`.
 */
export interface Dialogue {
  /** Sent at once, before the server has said anything. */
  readonly first: Buffer | null;
  read(chunk: Buffer): { readonly send: Buffer } | "more" | "done";
}

export class StartTlsRefused extends Error {}

export function startTlsDialogue(protocol: StartTls): Dialogue {
  switch (protocol) {
    case "smtp":
      return inLines(smtp());
    case "imap":
      return inLines(imap());
    case "postgres":
      return { first: SSL_REQUEST, read: readPostgres };
    case "ldap":
      return ldap();
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: SSLRequest. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

function readPostgres(chunk: Buffer): "done" {
  const answer = chunk.toString("latin1");
  // More than the one octet would have been slipped in by somebody else (CVE-2021-23222).
  if (answer === "S") return "done";
  if (answer === "N") throw new StartTlsRefused("it has no TLS (`ssl = off`)");
  throw new StartTlsRefused("it does not answer as PostgreSQL does");
}

/** What to say to a line: nothing while there is more to come, or since TLS may begin. */
type Step = (line: string) => { readonly say: string } | "more" | "done";

/** Takes whole lines only. */
function inLines(step: Step): Dialogue {
  let buffered = "";
  let received = 0;
  return {
    first: null,
    read(chunk) {
      buffered += chunk.toString("latin1");
      received += chunk.length;
      if (received > MOST_BYTES) throw new StartTlsRefused("it says too much before TLS");
      for (let end = buffered.indexOf("\n"); end >= 0; end = buffered.indexOf("\n")) {
        const next = step(buffered.slice(0, end).trimEnd());
        buffered = buffered.slice(end + 1);
        if (next === "more") continue;
        if (buffered !== "") throw new StartTlsRefused("it says more than it was asked before TLS");
        return next === "done" ? next : { send: Buffer.from(`${next.say}\r\n`, "latin1") };
      }
      return "more";
    },
  };
}

/** RFC 3207. Of an answer of several lines the last has a space behind its code (RFC 5321 section 4.2.1). */
function smtp(): Step {
  const wanted = [
    { code: "220", then: { say: "EHLO keyturn.invalid" } },
    { code: "250", then: { say: "STARTTLS" } },
    { code: "220", then: "done" as const },
  ];
  return (line) => {
    if (/^\d{3}-/.test(line)) return "more";
    const step = wanted.shift();
    if (step === undefined || !line.startsWith(step.code)) throw refusal("SMTP", line);
    return step.then;
  };
}

/** RFC 9051 section 6.2.1. */
function imap(): Step {
  let isGreeted = false;
  return (line) => {
    if (!isGreeted) {
      if (!/^\* (OK|PREAUTH)/i.test(line)) throw refusal("IMAP", line);
      isGreeted = true;
      return { say: "a1 STARTTLS" };
    }
    if (line.startsWith("*")) return "more";
    if (!/^a1 OK/i.test(line)) throw refusal("IMAP", line);
    return "done";
  };
}

/** ExtendedRequest for 1.3.6.1.4.1.1466.20037 (RFC 4511 section 4.14). */
const LDAP_START_TLS = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from("1.3.6.1.4.1.1466.20037", "latin1"),
]);

function ldap(): Dialogue {
  let buffered: Buffer = Buffer.alloc(0);
  return {
    first: LDAP_START_TLS,
    read(chunk) {
      buffered = Buffer.concat([buffered, chunk]);
      const length = ldapLength(buffered);
      if (length === undefined || buffered.length < length) return "more";
      const text = buffered.toString("hex");
      // Message id 1, an ExtendedResponse (0x78), and within it the result code (ENUMERATED) first.
      const code = /^30(?:[0-7].|8[12](?:..){1,2})02010178(?:[0-7].|8[12](?:..){1,2})0a01(..)/.exec(
        text,
      )?.[1];
      if (code === undefined || buffered.length > length)
        throw new StartTlsRefused("it does not answer as an LDAP server does");
      if (code !== "00") throw new StartTlsRefused(`its LDAP result code is ${Number.parseInt(code, 16)}`);
      return "done";
    },
  };
}

/** How long the whole message is; `undefined` while that cannot be told. */
function ldapLength(message: Buffer): number | undefined {
  if (message.length < 2) return undefined;
  const [tag, first = 0] = message;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (tag !== 0x30 || count > 2) throw new StartTlsRefused("it does not answer as an LDAP server does");
  if (message.length < 2 + count) return undefined;
  const length = count === 0 ? first : message.readUIntBE(2, count);
  if (length > MOST_BYTES) throw new StartTlsRefused("it says too much before TLS");
  return 2 + count + length;
}

const SHOWN = 80;

function refusal(protocol: string, line: string): StartTlsRefused {
  return new StartTlsRefused(`it refuses STARTTLS of ${protocol}: ${line.slice(0, SHOWN)}`);
}
