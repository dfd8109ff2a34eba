import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import type { Discovery, FoundIssuer } from "../../../src/domain/discovery.ts";
import type { Listed } from "../../../src/domain/ports.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { keyturn, NOTHING, NOW, policy } from "./fake-services.ts";

const HAND = {
  id: "k1",
  marker: null,
  label: "by hand",
  createdAt: NOW - 410 * DAY_MS,
  notAfter: NOW - DAY_MS,
};
const OURS = { ...HAND, id: "k2", marker: "keyturn:api:01r.1", label: "keyturn:api:01r.1" };
const ADOPTED = { secret: "api", credentials: [HAND], verified: "yes", retireAt: null } as const;

function issuer(name: string, credentials: readonly Listed[] = [HAND]): FoundIssuer {
  return { name, leaf: { kind: "entra-password", connection: "entra", application: name }, credentials };
}

describe("adopt", () => {
  const policies = [policy("api"), policy("db")];

  test.each([
    [["adopt"], ["api", "db"]],
    [["adopt", "db"], ["db"]],
  ])("%j asks for %j", async (argv, secrets) => {
    expect((await keyturn(argv, { policies })).requests).toEqual([{ kind: "adopt", secrets }]);
  });

  test.each([
    [["adopt", "nope"], "unknown-secret"],
    [["adopt", "--connection", "entra"], "usage"],
    [["adopt", "api", "--discover"], "usage"],
    [["adopt", "--discover", "--json"], "usage"],
  ])("%j is refused", async (argv, code) => {
    const outcome = await keyturn(argv, { policies });
    expect(outcome).toMatchObject({ code: 2, requests: [], err: expect.stringContaining(`error[${code}]`) });
  });

  test("says what is version 0 now, and how surely it works", async () => {
    const work = async () => ({ ...NOTHING, adopted: [ADOPTED] });
    expect((await keyturn(["adopt"], { work })).out).toBe(
      'adopted api: 1 credential as v0. What its consumers hold signs in.\n  k1 "by hand", 410d old, expired 1d ago\n',
    );
    expect(JSON.parse((await keyturn(["rotate", "--json"], { work })).out)).toEqual({
      type: "adopted",
      version: 0,
      secret: "api",
      verified: "yes",
      retireAt: null,
      credentials: [
        {
          id: "k1",
          label: "by hand",
          createdAt: "2025-10-09T12:00:00.000Z",
          notAfter: "2026-11-22T12:00:00.000Z",
        },
      ],
    });
  });

  test.each([
    [{ ...ADOPTED, retireAt: NOW + DAY_MS }, "Revoked 2026-11-24 12:00 UTC (in 1d)."],
    [{ ...ADOPTED, credentials: [] }, "let go api: nothing is adopted any more."],
    [{ ...ADOPTED, verified: "not-readable" as const }, "cannot be read"],
  ])("of %j says %j", async (adopted, text) => {
    const work = async () => ({ ...NOTHING, adopted: [adopted] });
    expect((await keyturn(["adopt"], { work })).out).toContain(text);
  });
});

describe("adopt --discover", () => {
  const discovery: Discovery = {
    issuers: [issuer("api"), issuer("evil\nsecrets: {}", [HAND, OURS]), issuer("…"), issuer("api")],
    targets: [{ name: "t", leaf: { kind: "docker-secret", name: "t" }, notes: ["x\ny mounts t"] }],
    failures: [],
  };

  test("proposes a secret each, of a name that is free, and nothing that a keyturn made", async () => {
    const { out, code } = await keyturn(["adopt", "--discover"], { discovery, policies: [policy("api")] });
    expect(code).toBe(0);
    const { policies, secrets } = parse(out) as { policies: object; secrets: Record<string, object> };
    expect(Object.keys(policies)).toEqual(["adopted-90d"]);
    expect(Object.keys(secrets)).toEqual(["api-2", "evil-secrets", "application", "api-3"]);
    expect(secrets["evil-secrets"]).toMatchObject({
      policy: "adopted-90d",
      issuer: { adopt: ["k1"] },
      targets: [],
    });
    expect(out).toContain("Not proposed, since a keyturn made it for api: k2");
    expect(out).toContain("# x\\u000ay mounts t");
    expect(out).toContain('- k1 # "by hand", 410d old, expired 1d ago');
  });

  test("uses the policy of before where there is one, and is a schedule even when nothing is found", async () => {
    const nothing = { issuers: [], targets: [], failures: [] };
    const again = await keyturn(["adopt", "--discover"], {
      discovery: nothing,
      policies: [policy("api", { name: "adopted-90d" })],
    });
    expect(parse(again.out)).toEqual({ secrets: {} });
    expect(again.err).toContain("Found 0 applications and 0 places");
  });

  test("tells where it could not look, and exits 1", async () => {
    const error = { code: "unreachable", kind: "transient", message: "no answer", hint: "Look." } as const;
    const outcome = await keyturn(["adopt", "--discover"], {
      discovery: { ...discovery, failures: [{ connection: "swarm", error }] },
    });
    expect(outcome).toMatchObject({
      code: 1,
      err: expect.stringContaining("error[unreachable]: swarm: no answer\nhint: Look."),
    });
    expect(outcome.out).toContain("entra-password");
  });
});
