import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, connect } from "node:tls";
import type { AddressInfo } from "node:net";
import { onTestFinished, expect, it } from "vitest";
import { createAuthority, selfSignedClient } from "../../../src/sandbox/tls/authority.ts";

it("writes certificates that Node reads and believes", () => {
  const authority = createAuthority("test CA", Date.now());
  const ca = new X509Certificate(authority.caPem);
  const server = new X509Certificate(authority.issueServer().certPem);
  expect(ca.ca).toBe(true);
  expect(server.ca).toBe(false);
  expect(server.checkIssued(ca)).toBe(true);
  expect(server.verify(ca.publicKey)).toBe(true);
  expect(server.checkHost("localhost")).toBe("localhost");
  expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(server.checkHost("example.com")).toBeUndefined();
});

it("makes servers that a client trusts with this authority and with no other", async () => {
  const [ours, other] = [createAuthority("ours", Date.now()), createAuthority("other", Date.now())];
  const { certPem, keyPem } = ours.issueServer();
  const server = createServer({ cert: certPem, key: keyPem }, (socket) => socket.end()).listen(
    0,
    "127.0.0.1",
  );
  onTestFinished(() => void server.close());
  server.on("tlsClientError", () => {});
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const trusted = connect({ port, host: "127.0.0.1", servername: "localhost", ca: ours.caPem });
  await once(trusted, "secureConnect");
  expect(trusted.authorized).toBe(true);
  trusted.destroy();
  const wary = connect({ port, host: "127.0.0.1", servername: "localhost", ca: other.caPem });
  await expect(once(wary, "secureConnect")).rejects.toThrow();
});

it("makes RSA certificates for clients, with the key in the same file", () => {
  const { pem, certPem } = selfSignedClient("client", Date.now());
  expect(new X509Certificate(certPem).publicKey.asymmetricKeyType).toBe("rsa");
  expect(pem).toContain("PRIVATE KEY");
  expect(pem).toContain(certPem);
});
