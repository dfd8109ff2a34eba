/** Channels against a real mail server and a receiver that checks the signature. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import type { Notice } from "../../src/domain/notice.ts";
import { systemClock } from "../../src/domain/system-clock.ts";
import { openChannel } from "../../src/sinks/notify/channel.ts";
import { tempFolder } from "../temp-folder.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { probeMail, startMailServer } from "./smtp/start-mail-server.ts";

const engine = await requireEngine("an SMTP server", probeMail);
const NEVER = new AbortController().signal;
const NOTICE: Notice = {
  event: "lockdown.contained",
  at: Date.UTC(2026, 10, 25, 12),
  scope: "sam",
  lockdown: "1m89nqjk646byz0f",
  title: "keyturn: sam is contained (a token in public)",
  lines: ["2 held still, 0 could not be."],
};

describeEngine(engine, "a channel of kind smtp", () => {
  it("delivers a mail", async () => {
    const server = await startMailServer();
    onTestFinished(() => server.close());
    const config = {
      kind: "smtp",
      host: "127.0.0.1",
      port: server.port,
      from: "a@x.test",
      to: ["b@x.test", "c@x.test"],
    } as const;
    await openChannel("ops", config, {}, systemClock).send(NOTICE, NEVER);
    const [mail = "", ...more] = server.mails();
    expect(more).toEqual([]);
    expect(mail).toContain(`Subject: ${NOTICE.title}`);
    expect(mail).toContain("b@x.test, c@x.test");
    expect(mail).toContain("2 held still");
  });

  it("says that nobody listens, and does not send a password in the clear", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "password"), "not-to-be-seen\n");
    const server = await startMailServer();
    onTestFinished(() => server.close());
    const files = { userFile: join(folder, "password"), passwordFile: join(folder, "password") };
    const config = {
      kind: "smtp",
      host: "127.0.0.1",
      port: server.port,
      from: "a@x.test",
      to: ["b@x.test"],
    } as const;
    const refusal = { code: "not-notified", kind: "transient" };
    await expect(
      openChannel("ops", { ...config, ...files }, {}, systemClock).send(NOTICE, NEVER),
    ).rejects.toMatchObject(refusal);
    expect(server.mails()).toEqual([]);
    await server.close();
    await expect(openChannel("ops", config, {}, systemClock).send(NOTICE, NEVER)).rejects.toMatchObject(
      refusal,
    );
  });
});

it("a channel of kind webhook signs what it sends", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "key"), "shared-key\n");
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      response.writeHead(received.length === 1 ? 204 : 503).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const config = {
    kind: "webhook",
    url: `http://127.0.0.1:${port}/hook`,
    hmacKeyFile: join(folder, "key"),
  } as const;
  const channel = openChannel("hook", config, {}, systemClock);
  await channel.send(NOTICE, NEVER);
  const [{ headers, body } = { headers: {}, body: "" }] = received;
  const [, t = "", v1 = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["keyturn-signature"])) ?? [];
  expect(v1).toBe(createHmac("sha256", "shared-key").update(`${t}.${body}`).digest("hex"));
  expect(JSON.parse(body)).toEqual({ ...NOTICE, at: "2026-11-25T12:00:00.000Z" });
  await expect(channel.send(NOTICE, NEVER)).rejects.toMatchObject({
    code: "not-notified",
    kind: "transient",
  });
});
