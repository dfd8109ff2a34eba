import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished, expect, it } from "vitest";
import type { RotationError } from "../../../../src/domain/errors.ts";
import { startEntraWorld, type EntraWorld, type EntraWorldOptions } from "../../../contract/entra-world.ts";

const MARKER = "keyturn:azure_secret:0run0.1";
const signal = new AbortController().signal;

async function world(options?: EntraWorldOptions): Promise<EntraWorld> {
  const started = await startEntraWorld(options);
  onTestFinished(() => started.close());
  return started;
}

/** A port on which nothing listens any more. */
async function closedOrigin(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `https://127.0.0.1:${port}`;
}

it("trusts a private authority only when caFile names it", async () => {
  const trusting = await world();
  await expect(trusting.issuer.list(signal)).resolves.toEqual([]);
  const wary = await world({ connection: { caFile: undefined } });
  await expect(wary.issuer.list(signal)).rejects.toMatchObject({ code: "tls-untrusted", kind: "rejected" });
  expect(wary.sandbox.requests).toEqual([]);
});

it("knows that nothing was written when nobody listens at Graph's address", async () => {
  const entra = await world({ connection: { graphUrl: await closedOrigin() } });
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
    code: "unreachable",
    kind: "transient",
  });
});

it.each(["discovery", "token", "read"] as const)(
  "gives up when %s is not answered in time",
  async (operation) => {
    const entra = await world({ connection: { timeout: "300ms" } });
    entra.sandbox.faults.plan(operation, { kind: "hang", applied: false });
    await expect(entra.issuer.list(signal)).rejects.toMatchObject({ code: "timeout", kind: "transient" });
  },
);

it.each(["token", "add", "read"] as const)("follows no redirect of %s", async (operation) => {
  const entra = await world();
  const elsewhere = await world();
  entra.sandbox.faults.plan(operation, {
    kind: "redirect",
    location: `${elsewhere.sandbox.origin}/v1.0/applications`,
  });
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
    code: "unexpected-answer",
    kind: "rejected",
  });
  expect(elsewhere.sandbox.requests).toEqual([]);
});

it("sends no credential to a token endpoint at another host", async () => {
  const entra = await world();
  const elsewhere = await world();
  const { origin, tenant } = elsewhere.sandbox;
  const body = JSON.stringify({
    issuer: `${entra.sandbox.origin}/${entra.sandbox.tenant}/v2.0`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${origin}/keys`,
  });
  entra.sandbox.faults.plan("discovery", { kind: "garbage", applied: false, body });
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "unexpected-answer",
    kind: "rejected",
  });
  expect(elsewhere.sandbox.requests).toEqual([]);
});

it("does not read an answer without end", async () => {
  const entra = await world();
  entra.sandbox.faults.plan("read", { kind: "garbage", applied: false, body: `"${"x".repeat(6 << 20)}"` });
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "unexpected-answer",
    kind: "transient",
  });
});

it("asks nothing of a tenant that asked for patience, whichever application is meant", async () => {
  const entra = await world();
  await entra.issuer.list(signal);
  const before = entra.sandbox.requests.length;
  entra.sandbox.faults.plan("read", { kind: "throttle", retryAfterS: 30 });
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "throttled",
    kind: "transient",
    retryAfterMs: 30_000,
  });
  const other = entra.connection.addPassword(
    entra.sandbox.addApp().objectId,
    { displayName: "x", endAt: entra.clock.now() },
    signal,
  );
  await expect(other).rejects.toMatchObject({ code: "throttled", kind: "transient" });
  expect(entra.sandbox.requests).toHaveLength(before + 1);
  entra.clock.push(30_000);
  await expect(entra.issuer.list(signal)).resolves.toEqual([]);
});

it("backs off for longer each time when Graph does not say for how long", async () => {
  const entra = await world();
  const waits: unknown[] = [];
  for (let strike = 0; strike < 8; strike += 1) {
    entra.sandbox.faults.plan("read", { kind: "throttle" });
    await entra.issuer.list(signal).catch((error: unknown) => {
      const { retryAfterMs } = error as RotationError;
      waits.push(retryAfterMs);
      entra.clock.push(retryAfterMs ?? 0);
    });
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});
