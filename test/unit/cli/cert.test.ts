/** `cert`: what its options become, and how findings look to a person and to a script. */
import { describe, expect, it } from "vitest";
import type { TargetReport } from "../../../src/certificates/index.ts";
import { keyturn, NOW } from "./fake-services.ts";

const leaf = {
  position: 0,
  subject: "CN=shop.example.com",
  issuer: "CN=Issuing",
  serial: "01",
  fingerprint: "ab".repeat(32),
  notBefore: "2026-11-01T00:00:00Z",
  notAfter: "2027-01-30T00:00:00Z",
  names: ["shop.example.com", "www.shop.example.com"],
  key: "P-256",
  ca: false,
};

function report(more: Partial<TargetReport> = {}): TargetReport {
  const verdict = { ok: true, path: ["CN=shop.example.com", "CN=Root"] };
  return {
    target: "shop.pem",
    kind: "file",
    holds: "chain",
    certificates: [leaf],
    alone: verdict,
    pooled: verdict,
    findings: [],
    error: null,
    ...more,
  };
}

const finding = {
  rule: "expires-soon",
  section: "keyturn",
  level: "warning",
  certificate: { position: 0, subject: leaf.subject, serial: leaf.serial, fingerprint: leaf.fingerprint },
  message: "it expires in 4d",
  mend: "Renew it now.",
} as const;

describe("cert check", () => {
  it("asks for what the options say", async () => {
    const { checked } = await keyturn([
      ..."cert check a.pem b:443 --name x --name y --key k --trust t --trust system --pool p".split(" "),
      ..."--at 2027-01-01 --expires 10% --starttls smtp --servername s --timeout 2s --password-file w".split(
        " ",
      ),
    ]);
    expect(checked[0]).toMatchObject({
      targets: ["a.pem", "b:443"],
      names: ["x", "y"],
      keys: ["k"],
      trust: ["t", "system"],
      pool: ["p"],
      at: Date.UTC(2027, 0, 1),
      soon: 0.1,
      startTls: "smtp",
      servername: "s",
      timeoutMs: 2_000,
      passwordFile: "w",
    });
  });

  it("asks for the usual without options", async () => {
    const { checked } = await keyturn(["cert", "check", "a.pem"]);
    expect(checked[0]).toMatchObject({
      trust: ["system"],
      at: NOW,
      soon: null,
      startTls: null,
      servername: null,
    });
  });

  it("exits 1 for a warning or a target that failed, 0 for notices", async () => {
    const code = async (one: TargetReport) =>
      (await keyturn(["cert", "check", "a"], { reports: [one] })).code;
    expect(await code(report({ findings: [finding] }))).toBe(1);
    expect(await code(report({ findings: [{ ...finding, level: "notice" }] }))).toBe(0);
    const error = { code: "timeout", kind: "transient", message: "too slow", hint: null } as const;
    expect(await code(report({ error }))).toBe(1);
  });

  it("lets no name from a certificate steer the terminal, and has no colour in a pipe or with NO_COLOR", async () => {
    const evil = report({
      target: "evil\u001b[2J",
      findings: [{ ...finding, message: "\u001b]0;owned\u0007" }],
    });
    for (const answers of [{}, { isTTY: true, env: { NO_COLOR: "1" } }])
      expect((await keyturn(["cert", "check", "a"], { reports: [evil], ...answers })).out).not.toContain(
        "\u001b",
      );
    const coloured = await keyturn(["cert", "check", "a"], { reports: [evil], isTTY: true });
    expect(coloured.out).toContain("\u001b[33m");
    expect(coloured.out).not.toContain("\u001b[2J");
    const json = await keyturn(["cert", "check", "a", "--json"], { reports: [evil] });
    expect(json.out).not.toContain("\u001b");
    expect((JSON.parse(json.out) as { targets: TargetReport[] }).targets).toEqual([evil]);
  });

  it("counts what is fine once there is much of it, and shows the rest", async () => {
    const fine = Array.from({ length: 30 }, (_, at) => report({ target: `fine${at}.pem` }));
    const { out } = await keyturn(["cert", "check", "a"], {
      reports: [...fine, report({ target: "bad.pem", findings: [finding] })],
    });
    expect(out).not.toContain("fine1.pem");
    expect(out).toContain("bad.pem  found");
    expect(out).toContain("31 targets: 30 ok, 1 with findings, 0 failed; 0 errors, 1 warning, 0 notices.");
  });
});

describe("cert list", () => {
  it("puts what expires first first, and all that have it together", async () => {
    const other = {
      ...leaf,
      fingerprint: "cd",
      names: ["soon.example.com"],
      notAfter: "2026-11-30T00:00:00Z",
    };
    const reports = [
      report(),
      report({
        target: "b:443",
        kind: "endpoint",
        certificates: [leaf, { ...leaf, position: 1, ca: true, fingerprint: "ca" }],
      }),
      report({ target: "soon.pem", certificates: [other] }),
    ];
    const { out } = await keyturn(["cert", "list", "--json"], {
      reports,
      managed: new Map([["shop.pem", ["shop"]]]),
    });
    const { certificates } = JSON.parse(out) as {
      certificates: { names: string[]; daysLeft: number; places: object[] }[];
    };
    expect(certificates.map(({ names, daysLeft }) => [names[0], daysLeft])).toEqual([
      ["soon.example.com", 6],
      ["shop.example.com", 67],
    ]);
    expect(certificates[1]?.places).toEqual([
      { kind: "file", target: "shop.pem", position: 0, secrets: ["shop"] },
      { kind: "endpoint", target: "b:443", position: 0, secrets: [] },
    ]);
    const people = await keyturn(["cert", "list"], { reports, managed: new Map([["shop.pem", ["shop"]]]) });
    expect(people.out).toMatch(/^in 6d +soon\.example\.com/);
    expect(people.out).toContain("shop.pem  (secret shop)");
  });
});
