import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished, expect, it } from "vitest";
import { SecretValue } from "../../../../src/domain/material.ts";
import { startEntraWorld, type EntraWorld, type EntraWorldOptions } from "../../../contract/entra-world.ts";

const signal = new AbortController().signal;
const SETTLED = { replication: { signIn: [0, 0], signInRemoval: [0, 0], read: [0, 0], youngMs: 0 } } as const;

async function world(options?: EntraWorldOptions): Promise<EntraWorld> {
  const started = await startEntraWorld({ sandbox: SETTLED, ...options });
  onTestFinished(() => started.close());
  return started;
}

it.each(["secret", "certificate"] as const)("signs in by %s, once for many calls", async (auth) => {
  const entra = await world({ auth });
  await Promise.all([entra.issuer.list(signal), entra.issuer.list(signal), entra.issuer.list(signal)]);
  expect(entra.sandbox.signInsOf(entra.sandbox.admin.clientId)).toEqual({ succeeded: 1, failed: 0 });
});

it("signs in again before the token expires", async () => {
  const entra = await world();
  await entra.issuer.list(signal);
  entra.clock.push(3_400_000);
  await entra.issuer.list(signal);
  expect(entra.sandbox.signInsOf(entra.sandbox.admin.clientId).succeeded).toBe(2);
});

it("refuses a certificate that is not the application's", async () => {
  const [entra, other] = [await world({ auth: "certificate" }), await world()];
  writeFileSync(join(entra.folder, "certificate"), other.sandbox.admin.certificatePem);
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "admin-credential-refused",
    kind: "rejected",
  });
});

it("says what is wrong with a certificate file without a key", async () => {
  const entra = await world({ auth: "certificate" });
  writeFileSync(join(entra.folder, "certificate"), entra.sandbox.caPem);
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({ code: "config-invalid", kind: "rejected" });
  expect(entra.sandbox.requests).toEqual([]);
});

it("tells an expired credential of keyturn's own from a wrong one", async () => {
  const entra = await world();
  entra.sandbox.expire(entra.sandbox.admin.clientId, entra.sandbox.admin.secret);
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "admin-credential-expired",
    kind: "rejected",
  });
  writeFileSync(join(entra.folder, "secret"), "not the secret");
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "admin-credential-refused",
    kind: "rejected",
  });
});

it("reads its credential when it is first needed, and again after a refusal", async () => {
  const entra = await world({
    connection: { auth: { clientSecretFile: "${KEYTURN_TEST_FOLDER:-/nowhere}/secret" } },
  });
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({
    code: "config-not-found",
    kind: "rejected",
  });
  process.env["KEYTURN_TEST_FOLDER"] = entra.folder;
  onTestFinished(() => {
    delete process.env["KEYTURN_TEST_FOLDER"];
  });
  await expect(entra.issuer.list(signal)).resolves.toEqual([]);
});

it("tells that there is no such tenant", async () => {
  const entra = await world({ connection: { tenant: "elsewhere.example" } });
  await expect(entra.issuer.list(signal)).rejects.toMatchObject({ kind: "rejected" });
});

it("proves a secret with a request each time, never from memory", async () => {
  const entra = await world();
  const { secretText, keyId } = entra.app.addSecret();
  const secret = SecretValue.fromText(secretText);
  const { appId } = entra.app;
  expect(await entra.connection.signIn(appId, secret, signal)).toBeNull();
  expect(await entra.connection.signIn(appId, secret, signal)).toBeNull();
  expect(entra.sandbox.signInsOf(appId).succeeded).toBe(2);
  await entra.issuer.revoke({ id: keyId, marker: null }, signal);
  expect(await entra.connection.signIn(appId, secret, signal)).toMatchObject({ aadsts: 7000215 });
});

it.each([{ kind: "throttle" }, { kind: "status", status: 503 }] as const)(
  "is not put out for a minute by one bad answer to a sign-in ($kind)",
  async (fault) => {
    const entra = await world();
    const secret = SecretValue.fromText(entra.app.addSecret().secretText);
    entra.sandbox.faults.plan("token", fault);
    await expect(entra.connection.signIn(entra.app.appId, secret, signal)).rejects.toMatchObject({
      kind: "transient",
    });
    entra.clock.push(1_000);
    expect(await entra.connection.signIn(entra.app.appId, secret, signal)).toBeNull();
  },
);

it("tells an expired secret of an application", async () => {
  const entra = await world();
  const { secretText } = entra.app.addSecret();
  entra.sandbox.expire(entra.app.appId, secretText);
  const refusal = await entra.connection.signIn(entra.app.appId, SecretValue.fromText(secretText), signal);
  expect(refusal).toEqual({ aadsts: 7000222, expired: true });
});
