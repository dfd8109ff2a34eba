/** What `doctor` sees of a tenant and its applications, over the wire. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startEntraWorld, type EntraWorld, type EntraWorldOptions } from "../../../contract/entra-world.ts";
import { connectEntra } from "../../../../src/connections/entra/entra-connection.ts";
import { entraConnectionSchema } from "../../../../src/connections/entra/schema.ts";
import type { Finding } from "../../../../src/domain/check.ts";
import { DAY_MS } from "../../../../src/domain/time.ts";
import { HOSTILE } from "../../../../src/sandbox/entra/faults.ts";

const signal = new AbortController().signal;
const ALL = "Application.ReadWrite.All";
const OWN = "Application.ReadWrite.OwnedBy";
const POLICIES = "Policy.Read.All";

async function start(options: EntraWorldOptions = {}): Promise<EntraWorld> {
  const world = await startEntraWorld(options);
  onTestFinished(() => world.close());
  return world;
}

function around(isOurs = true) {
  return { files: [], isOurs: () => isOurs };
}

async function issuerOf(world: EntraWorld, isOurs = true): Promise<readonly Finding[]> {
  return (await world.issuer.inspect?.(around(isOurs), signal)) ?? [];
}

function connectionOf({ connection }: EntraWorld): Promise<readonly Finding[]> {
  return connection.inspect(around(), signal);
}

function of(findings: readonly Finding[], check: Finding["check"]): readonly Finding[] {
  return findings.filter((one) => one.check === check);
}

function results(findings: readonly Finding[], check: Finding["check"]): readonly string[] {
  return of(findings, check).map(({ result }) => result);
}

describe("permissions", () => {
  it.each([
    [[OWN], "proved"],
    [[ALL], "proved"],
    [[], "failed"],
    [["Application.Read.All", POLICIES], "failed"],
  ])("%j: api-permission is %s", async (roles, result) => {
    const world = await start();
    world.sandbox.grant(...roles);
    const [found] = of(await connectionOf(world), "api-permission");
    expect(found?.result).toBe(result);
    if (result === "failed")
      expect(found?.hint).toContain(`az ad app permission add --id ${world.sandbox.admin.clientId}`);
  });

  it.each([
    [[OWN], true, ["proved"], ["inferred"]],
    [[OWN], false, ["failed"], []],
    [[ALL], false, ["proved"], ["inferred"]],
    [["Application.Read.All"], true, ["proved"], []],
  ])("%j, owner %s: owner is %j and add-password %j", async (roles, owned, owner, add) => {
    const world = await start({ app: { owned } });
    world.sandbox.grant(...roles);
    const findings = await issuerOf(world);
    expect(results(findings, "owner")).toEqual(owner);
    expect(results(findings, "add-password")).toEqual(add);
  });

  it("a tenant that refuses keyturn's own credential is reachable, and says so", async () => {
    const world = await start();
    world.sandbox.expire(world.sandbox.admin.clientId, world.sandbox.admin.secret);
    const findings = await connectionOf(world);
    expect(results(findings, "reachable")).toEqual(["proved"]);
    expect(of(findings, "signed-in")).toMatchObject([
      { result: "failed", message: expect.stringMatching(/expired/) as string },
    ]);
  });
});

describe("credentials", () => {
  it("a certificate's expiry is seen, a client secret's is not", async () => {
    expect(results(await connectionOf(await start({ auth: "certificate" })), "own-credential")).toEqual([
      "proved",
    ]);
    expect(results(await connectionOf(await start()), "own-credential")).toEqual(["inferred"]);
  });

  it("a certificate that expires within a fortnight has failed", async () => {
    const world = await start({ auth: "certificate" });
    const certificate = join(world.folder, "certificate");
    const config = entraConnectionSchema.parse({
      kind: "entra",
      tenant: world.sandbox.tenant,
      clientId: world.sandbox.admin.clientId,
      auth: { certificateFile: certificate },
      authorityHost: world.sandbox.origin,
      graphUrl: world.sandbox.origin,
      caFile: join(world.folder, "ca.pem"),
    });
    const clock = {
      now: () => Date.now() + 360 * DAY_MS,
      monotonicMs: () => performance.now(),
      sleep: () => Promise.resolve(),
    };
    const far = await connectEntra(config, { clock, env: {} });
    onTestFinished(() => far.close());
    const findings = await far.inspect(around(), signal);
    expect(results(findings, "own-credential")).toEqual(["failed"]);
    // The same machine is a year ahead of the tenant.
    expect(of(findings, "clock-offset")).toMatchObject([
      { result: "failed", message: expect.stringMatching(/ahead of localhost/) as string },
    ]);
  });

  it.each([
    ["young", -10, 300, "inferred"],
    ["old", -400, 300, "failed"],
    ["expired", -10, -1, "failed"],
  ])("a %s secret that keyturn did not make is %s", async (name, from, to, result) => {
    const world = await start();
    world.app.addSecret(name, { ageMs: -from * DAY_MS, lastsMs: to * DAY_MS });
    const [found] = of(await issuerOf(world), "forgotten-secret");
    expect(found).toMatchObject({ result, message: expect.stringContaining(`"${name}"`) as string });
    if (result === "failed") expect(found?.hint).toContain("az ad app credential delete");
  });

  it("a secret with the marker of another journal is not ours", async () => {
    const world = await start();
    world.app.addSecret("keyturn:contract:0run0.1");
    expect(results(await issuerOf(world, true), "forgotten-secret")).toEqual([]);
    expect(results(await issuerOf(world, false), "forgotten-secret")).toEqual(["inferred"]);
  });

  it.each([
    [[], "proved"],
    [["by hand"], "proved"],
    [["keyturn:contract:0run0.1"], "proved"],
    [["keyturn:contract:0run0.1", "keyturn:contract:0run0.2"], "proved"],
    [["keyturn:contract:0run0.1", "by hand"], "failed"],
    [["keyturn:contract:0run0.1", "keyturn:other:0run0.1"], "failed"],
    [["by hand", "by somebody else"], "failed"],
  ])("an application for personal accounts that holds %j: room is %s", async (names, result) => {
    const world = await start({ app: { audience: "AzureADandPersonalMicrosoftAccount" } });
    for (const name of names) world.app.addSecret(name);
    expect(results(await issuerOf(world), "room")).toEqual([result]);
  });
});

describe("the tenant's policies", () => {
  it.each([
    [[OWN], 90, "not-checkable"],
    [[OWN, POLICIES], 90, "failed"],
    [[OWN, POLICIES], 180, "proved"],
    [[OWN, POLICIES], undefined, "proved"],
  ])("%j with a longest life of %s days: lifetime is %s", async (roles, days, result) => {
    const world = await start({ app: days === undefined ? {} : { maxLifetimeMs: days * DAY_MS } });
    world.sandbox.grant(...roles);
    expect(results(await issuerOf(world), "lifetime")).toEqual([result]);
  });
});

it.each([1, 2, 3])("a tenant on a bad day is looked at all the same (seed %s)", async (seed) => {
  const { token = [], read = [] } = HOSTILE;
  const world = await start({ sandbox: { seed, faults: { token, read } } });
  const findings = [...(await connectionOf(world)), ...(await issuerOf(world))];
  expect(findings.filter(({ result }) => result === "failed")).toEqual([]);
});

it("no finding quotes a token or a secret", async () => {
  const world = await start();
  const { secretText } = world.app.addSecret("by hand");
  const told = JSON.stringify([...(await connectionOf(world)), ...(await issuerOf(world))]);
  expect(told).not.toContain(secretText);
  expect(told).not.toContain(world.sandbox.admin.secret);
  expect(told).not.toMatch(/eyJ/);
});
