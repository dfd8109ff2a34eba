import { onTestFinished, expect, it } from "vitest";
import { startEntraWorld, type EntraWorld, type EntraWorldOptions } from "../../../contract/entra-world.ts";

const MARKER = "keyturn:azure_secret:0run0.1";
const signal = new AbortController().signal;

async function world(options?: EntraWorldOptions): Promise<EntraWorld> {
  const started = await startEntraWorld(options);
  onTestFinished(() => started.close());
  return started;
}

function count({ sandbox }: EntraWorld, operation: string): number {
  return sandbox.requests.filter((one) => one.operation === operation).length;
}

it.each([500, 502, 503, 504])(
  "sends one POST and no more when the answer is %i after the password was made",
  async (status) => {
    const entra = await world();
    entra.sandbox.faults.plan("add", { kind: "status", status, applied: true });
    await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
      code: "lost-answer",
      kind: "outcome-unknown",
    });
    expect(count(entra, "add")).toBe(1);
    expect(entra.sandbox.credentialsOf(entra.app.appId)).toMatchObject([{ displayName: MARKER }]);
  },
);

it("calls a write that is not answered in time unknown", async () => {
  const entra = await world({ connection: { timeout: "300ms" } });
  entra.sandbox.faults.plan("add", { kind: "hang", applied: true });
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
    code: "lost-answer",
    kind: "outcome-unknown",
  });
});

it("calls a write unknown whose answer makes no sense", async () => {
  const entra = await world();
  entra.sandbox.faults.plan(
    "add",
    { kind: "garbage", applied: true },
    { kind: "garbage", applied: true, body: '{"keyId":"x"}' },
  );
  const unknown = { code: "unexpected-answer", kind: "outcome-unknown" };
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject(unknown);
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject(unknown);
});

it("knows that nothing was written when its own sign-in fails first", async () => {
  const entra = await world();
  entra.sandbox.faults.plan("token", { kind: "cut", applied: false });
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({ kind: "transient" });
  expect(count(entra, "add")).toBe(0);
});

it("sets an expiry on every password", async () => {
  const entra = await world();
  const issued = await entra.issuer.create({ marker: MARKER }, signal);
  const days = ((issued.notAfter ?? 0) - issued.createdAt) / 86_400_000;
  expect(days).toBeCloseTo(180, 2);
});

it("refuses a marker that Entra would cut off, before anything is sent", async () => {
  const entra = await world();
  const marker = `keyturn:${"x".repeat(90)}:0run0.1`;
  await expect(entra.issuer.create({ marker }, signal)).rejects.toMatchObject({
    code: "config-invalid",
    kind: "rejected",
  });
  expect(entra.sandbox.requests).toEqual([]);
});

it("tells a forbidden lifetime", async () => {
  const entra = await world({ app: { maxLifetimeMs: 86_400_000 } });
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
    code: "lifetime-forbidden",
    kind: "rejected",
  });
});

it("tells that an application for personal accounts is full at two", async () => {
  const entra = await world({ app: { audience: "AzureADandPersonalMicrosoftAccount" } });
  entra.app.addSecret();
  entra.app.addSecret();
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
    code: "too-many-credentials",
    kind: "rejected",
  });
});

it("tells that it does not own the application", async () => {
  const entra = await world({ app: { owned: false } });
  await expect(entra.issuer.create({ marker: MARKER }, signal)).rejects.toMatchObject({
    code: "permission-denied",
    kind: "rejected",
  });
});

it("is asked to try again when a key is too young to be removed, and removes it then", async () => {
  const entra = await world({ sandbox: { replication: { youngMs: 5_000, signIn: [0, 0], read: [0, 0] } } });
  const { credential } = await entra.issuer.create({ marker: MARKER }, signal);
  await expect(entra.issuer.revoke(credential, signal)).rejects.toMatchObject({
    code: "write-conflict",
    kind: "transient",
  });
  expect(entra.sandbox.credentialsOf(entra.app.appId)).toHaveLength(1);
  entra.clock.push(6_000);
  await entra.issuer.revoke(credential, signal);
  expect(entra.sandbox.credentialsOf(entra.app.appId)).toHaveLength(0);
});

it("does not take an old key for gone while a read still shows it", async () => {
  const entra = await world();
  const secret = entra.app.addSecret();
  entra.sandbox.faults.plan("remove", { kind: "status", status: 400, code: "Request_BadRequest" });
  await expect(entra.issuer.revoke({ id: secret.keyId, marker: null }, signal)).rejects.toMatchObject({
    kind: "rejected",
  });
  await entra.issuer.revoke({ id: secret.keyId, marker: null }, signal);
  expect(entra.sandbox.credentialsOf(entra.app.appId)).toHaveLength(0);
});

it("resolves when another process removed the key long ago", async () => {
  const entra = await world();
  await expect(
    entra.issuer.revoke({ id: "44444444-4444-4444-8444-444444444444", marker: null }, signal),
  ).resolves.toBeUndefined();
});

it("leaves a second between a conflict and the next write on that application", async () => {
  const entra = await world();
  entra.sandbox.faults.plan("add", { kind: "status", status: 409, code: "Directory_ConcurrencyViolation" });
  const failing = entra.issuer.create({ marker: MARKER }, signal);
  await expect(failing).rejects.toMatchObject({
    code: "write-conflict",
    kind: "transient",
    retryAfterMs: 1_000,
  });
  await entra.issuer.create({ marker: MARKER }, signal);
  const [refused, done] = entra.sandbox.requests.filter((one) => one.operation === "add");
  expect((done?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(990);
});

it("finds an application by its object id as well", async () => {
  const entra = await world();
  const { appId, objectId } = entra.app;
  await expect(entra.connection.application(objectId, signal)).resolves.toEqual({ appId, objectId });
  await expect(entra.connection.application(appId, signal)).resolves.toEqual({ appId, objectId });
});

it("tells that there is no such application", async () => {
  const entra = await world();
  const id = "99999999-9999-4999-8999-999999999999";
  await expect(entra.connection.application(id, signal)).rejects.toMatchObject({
    code: "application-not-found",
    kind: "rejected",
  });
});
