import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeIssuer } from "./describe-issuer.ts";
import { failedIn, inspected } from "./inspect.ts";
import { calm, failureOf, issue, marker } from "./issuer/scene.ts";
import { contextWith } from "./reload/context.ts";
import { newKey, rsaKey, testAuthority, type CertificateOrder } from "../pki/authority.ts";
import { renewalFolder, type RenewalFolder } from "../pki/renewal-folder.ts";
import { tempFolder } from "../temp-folder.ts";
import type { Issuer } from "../../src/domain/ports.ts";
import type { Created } from "../../src/domain/version.ts";
import { certificateFile } from "../../src/issuers/certificate-file.ts";

const pki = testAuthority();

function connect(folder: RenewalFolder, settings: object = {}): Promise<Issuer> {
  const config = certificateFile.schema.parse({ ...folder.leaf, ...settings });
  return certificateFile.connect(config, "contract", contextWith());
}

function folder(): RenewalFolder {
  return renewalFolder(tempFolder(), pki.root);
}

describeIssuer({
  kind: certificateFile,
  goodConfig: {
    kind: "certificate-file",
    certificateFile: "/etc/letsencrypt/live/example.com/fullchain.pem",
    keyFile: "/etc/letsencrypt/live/example.com/privkey.pem",
    chainFile: "/etc/letsencrypt/live/example.com/chain.pem",
    names: ["example.com", "*.example.com", "192.0.2.1"],
    caFile: "/etc/ssl/company.pem",
    profile: "rfc5280",
    quiet: "30s",
    accept: ["weaker-key"],
  },
  badConfigs: [
    { change: { kind: "file" }, path: "kind" },
    { change: { certificateFile: undefined }, path: "certificateFile" },
    { change: { certificateFile: "" }, path: "certificateFile" },
    { change: { chainFile: 1 }, path: "chainFile" },
    { change: { keyFile: undefined }, path: "keyFile" },
    { change: { names: ["exa mple.com"] }, path: "names.0" },
    { change: { names: ["a.*.example.com"] }, path: "names.0" },
    { change: { caFile: "" }, path: "caFile" },
    { change: { profile: "strict" }, path: "profile" },
    { change: { quiet: "soon" }, path: "quiet" },
    { change: { accept: ["anything"] }, path: "accept.0" },
  ],
  // Nobody can be asked for what lives: whoever issued it is not known.
  farSide: false,
  async start() {
    const path = mkdtempSync(join(tmpdir(), "keyturn-renewal-"));
    const renewed = renewalFolder(path, pki.root);
    renewed.put(pki.issue());
    return {
      issuer: await connect(renewed),
      live: async () => [],
      addForeign: async () => "",
      renew: async () => renewed.put(pki.issue()),
      fail: () => undefined,
      canaries: () => [],
      close: async () => rmSync(path, { recursive: true }),
    };
  },
});

describe("what is offered", () => {
  it("nothing while the files hold the current certificate, then the one that appears", async () => {
    const renewed = folder();
    renewed.put(pki.issue());
    const issuer = await connect(renewed);
    const current = await issue(issuer, 1);
    expect(await issuer.offered?.(current.credential, calm())).toEqual({ state: "none" });
    const next = pki.issue();
    renewed.put(next, 30_000);
    expect(await issuer.offered?.(current.credential, calm())).toMatchObject({
      state: "waiting",
      id: next.fingerprint,
    });
    const taken = await issue(issuer, 2);
    expect([taken.credential.id, taken.material["fullchain"]?.reveal((text) => text)]).toEqual([
      next.fingerprint,
      next.fullchain,
    ]);
  });

  const halfWritten: readonly (readonly [string, (into: RenewalFolder) => void])[] = [
    ["a new certificate beside the old key", (into) => into.put({ fullchain: pki.issue().fullchain })],
    ["a new key beside the old certificate", (into) => into.put({ key: pki.issue().key })],
    ["a chain that was cut short", (into) => into.put({ fullchain: pki.issue().fullchain.slice(0, -100) })],
    ["an empty file", (into) => into.put({ fullchain: "" })],
    ["a key that needs a passphrase", (into) => into.put({ key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" })],
  ];
  it.each(halfWritten)("not %s", async (_what, change) => {
    const renewed = folder();
    renewed.put(pki.issue());
    const issuer = await connect(renewed);
    const current = await issue(issuer, 1);
    change(renewed);
    expect(await issuer.offered?.(current.credential, calm())).toMatchObject({
      state: "unready",
      error: { code: "certificate-incomplete", kind: "transient" },
    });
    expect(await failureOf(() => issuer.create({ marker: marker(2) }, calm()))).toMatchObject({
      code: "certificate-incomplete",
      kind: "transient",
    });
  });

  it("not what was written a moment ago; and what stays broken is told", async () => {
    const renewed = folder();
    renewed.put(pki.issue(), 0);
    const issuer = await connect(renewed, { quiet: "1h" });
    const fresh = await failureOf(() => issuer.create({ marker: marker(1) }, calm()));
    expect(fresh).toMatchObject({ code: "certificate-incomplete", kind: "transient" });
    expect(fresh.retryAfterMs ?? 0).toBeGreaterThan(3_500_000);
    expect(await issuer.offered?.(null, calm())).toMatchObject({ state: "unready" });
    renewed.put({ ...pki.issue(), key: pki.issue().key }, 3_600_000);
    expect(await issuer.offered?.(null, calm())).toMatchObject({
      state: "unready",
      error: { kind: "rejected", message: expect.stringContaining("is not that of the certificate") },
    });
  });

  it("a certificate whose chain stands in a file of its own", async () => {
    const renewed = folder();
    const files = pki.issue();
    renewed.put(files);
    const paths = {
      certificateFile: join(renewed.path, "cert.pem"),
      chainFile: join(renewed.path, "chain.pem"),
    };
    const version = await issue(await connect(renewed, paths), 1);
    expect(version.material["fullchain"]?.reveal((text) => text)).toBe(files.fullchain);
    expect(version.material["chain"]?.reveal((text) => text)).toBe(files.chain);
  });
});

describe("what is refused before anything is touched", () => {
  async function verdict(
    order: CertificateOrder,
    replaced: CertificateOrder | null,
    settings: object = {},
  ): Promise<string> {
    const renewed = folder();
    const issuer = await connect(renewed, settings);
    const take = async (wanted: CertificateOrder, version: number): Promise<Created> => {
      renewed.put(pki.issue(wanted));
      return issue(issuer, version);
    };
    const before = replaced === null ? undefined : (await take(replaced, 1)).material;
    const version = await take(order, 2);
    return issuer.verify(version, calm(), before).then(
      () => "taken",
      (error: unknown) => (error as Error).message,
    );
  }

  it("takes an ordinary renewal, and the first certificate", async () => {
    expect(await verdict({ days: 60 }, { days: 20 })).toBe("taken");
    expect(await verdict({}, null)).toBe("taken");
    expect(await verdict({ key: newKey() }, { key: rsaKey(3072), days: 20 })).toBe("taken");
  });

  const worse: readonly (readonly [string, CertificateOrder, CertificateOrder | null, object, RegExp])[] = [
    ["expired", { days: -0.5 }, null, {}, /expired, RFC 5280/],
    [
      "for other names than asked for",
      {},
      null,
      { names: ["example.com"] },
      /it is not for dns example\.com/,
    ],
    ["earlier to expire", { days: 5 }, { days: 20 }, {}, /expires at .*, before the one/],
    ["for fewer names", { names: ["a.test"] }, { names: ["a.test", "b.test"] }, {}, /no longer for b\.test/],
    ["of a weaker key", { key: rsaKey(2048) }, { key: newKey() }, {}, /worth 112 bits, .* 128/],
  ];
  it.each(worse)("one that is %s", async (_what, order, replaced, settings, told) => {
    expect(await verdict(order, replaced, settings)).toMatch(told);
  });

  it("but not what is accepted", async () => {
    const accept = ["earlier-expiry", "fewer-names", "weaker-key"];
    const before = { names: ["localhost", "b.test"], days: 60 };
    expect(await verdict({ days: 5, key: rsaKey() }, before, { accept })).toBe("taken");
    expect(await verdict({ names: ["*.b.test"], days: 60 }, { names: ["a.b.test"] }, {})).toBe("taken");
  });

  it("one whose chain a fresh client does not trust, or reads in the wrong order", async () => {
    const renewed = folder();
    const issuer = await connect(renewed);
    const told = async (files: Parameters<RenewalFolder["put"]>[0]): Promise<string> => {
      renewed.put(files);
      const version = await issue(issuer, 1);
      return (await failureOf(() => issuer.verify(version, calm()))).message;
    };
    const good = pki.issue();
    expect(await told({ ...good, fullchain: good.certificate })).toMatch(/issuer, RFC 5280/);
    const other = testAuthority("Staging");
    expect(await told(other.issue())).toMatch(/Staging/);
    expect(await told({ ...good, fullchain: good.certificate + pki.root + good.chain })).toMatch(/order/);
  });
});

describe("for doctor", () => {
  it("tells of a key that everybody may read, and of a chain that nobody trusts", async () => {
    const renewed = folder();
    renewed.put(pki.issue());
    const issuer = await connect(renewed);
    chmodSync(join(renewed.path, "privkey.pem"), 0o644);
    expect(failedIn(await inspected(issuer)).map(({ message }) => message)).toEqual([
      expect.stringContaining("everybody may read the key"),
    ]);
    renewed.put(testAuthority("Staging").issue());
    chmodSync(join(renewed.path, "privkey.pem"), 0o600);
    expect(failedIn(await inspected(issuer)).map(({ check }) => check)).toEqual(["chain-trusted"]);
  });
});

it("whatever stands in the files, it is an offer or it is told, and soon", async () => {
  const renewed = folder();
  const issuer = await connect(renewed);
  const good = pki.issue();
  const edit = fc.record({
    part: fc.constantFrom("fullchain", "key"),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(2_000),
    put: fc.oneof(
      fc.constant(""),
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.constant(good.fullchain),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const files = { fullchain: good.fullchain, key: good.key };
      for (const { part, at, cut, put } of edits) {
        const text = files[part];
        const start = Math.floor(at * text.length);
        files[part] = text.slice(0, start) + put + text.slice(start + cut);
      }
      renewed.put(files);
      const startedAt = performance.now();
      const offer = await issuer.offered?.(null, calm());
      expect(["waiting", "unready"]).toContain(offer?.state);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }),
    { numRuns: 25 },
  );
  renewed.put({ fullchain: "x".repeat(10 * 1024 * 1024) });
  expect(await issuer.offered?.(null, calm())).toMatchObject({
    state: "unready",
    error: { message: expect.stringContaining("no certificate has") },
  });
});
