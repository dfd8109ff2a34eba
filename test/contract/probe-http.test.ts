import { createServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeProbe } from "./describe-probe.ts";
import { CANARY, startHttpWorld, type HttpWorld } from "./probe/http-world.ts";
import { http } from "../../src/probes/http.ts";

const signal = new AbortController().signal;
const SEVENTH = { secret: "api", version: 7, marker: "keyturn:api:run1.1" };

describeProbe("http", () => startHttpWorld({}, "probed"));
describeProbe("http that names the version", () =>
  startHttpWorld({ json: { "/secretVersion": "{version}" } }, "in-use"),
);
describeProbe("http that names the version as text", () =>
  startHttpWorld(
    { json: { "/secretVersion": "{version}", "/status": "ok", "/a~1b/0/~0": null } },
    "in-use",
    true,
  ),
);

describe("http", () => {
  let world: HttpWorld;
  beforeEach(async () => {
    world = await startHttpWorld({}, "probed");
  });
  afterEach(() => world.close());

  async function failure(settings: object): Promise<string> {
    const probe = await world.connectWith({ within: "100ms", ...settings });
    return probe.probe(SEVENTH, signal).then(
      () => "passed",
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : ""),
    );
  }

  it("values in the page without the version are no proof of the version", async () => {
    await world.pass(7);
    const probe = await world.connectWith({ json: { "/status": "ok" } });
    expect(await probe.probe(SEVENTH, signal)).toBe("probed");
  });

  it.each([
    ["another version", { "/secretVersion": "{version}0" }, '"/secretVersion"'],
    ["a pointer that leads nowhere", { "/a~1b/1": null }, '"/a~1b/1"'],
    ["a pointer into what objects inherit", { "/constructor": "x" }, '"/constructor"'],
    ["text where a number is meant", { "/status": 0 }, '"/status"'],
  ])("%s does not pass, and only the pointer is told", async (_what, json, told) => {
    await world.pass(7);
    expect(await failure({ json })).toContain(told);
  });

  it("a redirect is not followed", async () => {
    world.answerWith((request, response) => {
      if (request.url === "/elsewhere") response.end("fine");
      else response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(await failure({})).toContain("HTTP 302 instead of 200");
  });

  it("an answer that never ends, and one that is not JSON, do not pass", async () => {
    world.answerWith((_request, response) => {
      response.writeHead(200);
      for (let sent = 0; sent < 40; sent += 1) response.write("x".repeat(64 * 1024));
    });
    expect(await failure({ json: { "/a": 1 } })).toContain("more than 1 MiB");
    world.answerWith((_request, response) => void response.end(`<html>${CANARY}`));
    const told = await failure({ json: { "/a": 1 } });
    expect(told).toContain("not JSON");
    expect(told).not.toContain(CANARY);
  });

  it("a server that accepts and says nothing does not hold the probe beyond its time", async () => {
    world.answerWith(() => undefined);
    expect(await failure({})).toMatch(/no answer within/);
  });
});

it("a certificate that nobody trusts does not pass", async () => {
  // Without a certificate the handshake itself fails, as it does with a wrong one.
  const server = createServer({});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const config = http.schema.parse({ kind: "http", url, within: "50ms" });
  const { contextWith } = await import("./reload/context.ts");
  const probe = await http.connect(config, contextWith());
  await expect(probe.probe(SEVENTH, signal)).rejects.toMatchObject({ code: "probe-failed" });
  server.close();
  server.closeAllConnections();
});

it.each([
  ["url", { url: "ftp://host/" }],
  ["url", { url: "https://user:pw@host/" }],
  ["status", { status: 99 }],
  ["json", { json: { secretVersion: 1 } }],
  ["json", { json: { "/a~2": 1 } }],
  ["within", { within: "soon" }],
  ["", { headers: {} }],
])("names the key %j when it is wrong: %j", (key, change) => {
  const problems =
    http.schema.safeParse({ kind: "http", url: "http://host/", ...change }).error?.issues ?? [];
  expect(problems.map(({ path }) => String(path[0] ?? ""))).toEqual([key]);
});
