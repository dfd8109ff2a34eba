/** Servers that begin in plain text, as far as STARTTLS goes: SMTP (RFC 3207), IMAP (RFC 9051), LDAP (RFC 4511). */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";

/** What the server says to a line, in its turn; `tls` begins TLS. */
type Plain = (socket: Socket, beginTls: () => void) => void;

/** Listens on loopback until the test is over; gives its port. */
export async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export function plainServer(speak: Plain, options: TlsOptions = {}): Server {
  return createServer((socket) => {
    speak(socket, () => {
      const secure = new TLSSocket(socket, { isServer: true, ...options });
      secure.on("error", () => {});
    });
  });
}

/** Calls back with each whole line, until TLS begins. */
function lines(socket: Socket, take: (line: string) => "tls" | undefined, beginTls: () => void): void {
  let buffered = "";
  const read = (chunk: Buffer): void => {
    buffered += chunk.toString("latin1");
    for (let end = buffered.indexOf("\r\n"); end >= 0; end = buffered.indexOf("\r\n")) {
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      if (take(line) === "tls") {
        socket.off("data", read);
        return beginTls();
      }
    }
  };
  socket.on("data", read);
}

export const smtp: Plain = (socket, beginTls) => {
  socket.write("220-mail.example.com says\r\n220 hello\r\n");
  lines(
    socket,
    (line) => {
      if (line.startsWith("EHLO "))
        socket.write("250-mail.example.com\r\n250-PIPELINING\r\n250 STARTTLS\r\n");
      else if (line !== "STARTTLS") socket.write("500 what\r\n");
      else {
        socket.write("220 go ahead\r\n");
        return "tls";
      }
      return undefined;
    },
    beginTls,
  );
};

export const imap: Plain = (socket, beginTls) => {
  socket.write("* OK [CAPABILITY IMAP4rev2 STARTTLS] ready\r\n");
  lines(
    socket,
    (line) => {
      const [tag = "*", command] = line.split(" ");
      if (command !== "STARTTLS") {
        socket.write(`${tag} BAD what\r\n`);
        return undefined;
      }
      socket.write(`* CAPABILITY IMAP4rev2\r\n${tag} OK begin\r\n`);
      return "tls";
    },
    beginTls,
  );
};

const START_TLS_OID = Buffer.from("1.3.6.1.4.1.1466.20037", "latin1");

export const ldap: Plain = (socket, beginTls) => {
  socket.once("data", (request: Buffer) => {
    const isStartTls = request[0] === 0x30 && request[5] === 0x77 && request.includes(START_TLS_OID);
    const body = Buffer.concat([
      Buffer.from([0x02, 0x01, 0x01, 0x78, 0x07 + 2 + START_TLS_OID.length, 0x0a, 0x01, isStartTls ? 0 : 2]),
      Buffer.from([0x04, 0x00, 0x04, 0x00, 0x8a, START_TLS_OID.length]),
      START_TLS_OID,
    ]);
    socket.write(Buffer.concat([Buffer.from([0x30, body.length]), body]));
    if (isStartTls) beginTls();
  });
};
